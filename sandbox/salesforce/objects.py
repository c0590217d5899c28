"""The objects of our org: the standard fields that a marketing connector may ask for, and those
that an admin of this org once added to leads and contacts.

A subset of the real ones; labels, lengths and what may be written follow real describe answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.salesforce.schema import SObject, sobject

LEAD_SOURCES = "Web* | Phone Inquiry | Partner Referral | Purchased List | Trade Show | Advertisement | Other"
INDUSTRIES = (
    "Agriculture | Apparel | Banking | Biotechnology | Chemicals | Communications | Construction | Consulting"
    " | Education | Electronics | Energy | Engineering | Entertainment | Environmental | Finance"
    " | Food & Beverage | Government | Healthcare | Hospitality | Insurance | Machinery | Manufacturing"
    " | Media | Not For Profit | Other | Recreation | Retail | Shipping | Technology | Telecommunications"
    " | Transportation | Utilities"
)

ORIGIN = """
UTM_Source__c      string:255  cun  UTM Source
UTM_Medium__c      string:255  cun  UTM Medium
UTM_Campaign__c    string:255  cun  UTM Campaign
UTM_Content__c     string:255  cun  UTM Content
UTM_Term__c        string:255  cun  UTM Term
Landing_Page__c    url:255     cun  Landing Page
Need__c            string:255  cun  What do you need?
"""

PERSON = """
LastName    string:80   cu   Last Name
FirstName   string:40   cun  First Name
Salutation  picklist:40 cun  Salutation  = Mr. | Ms. | Mrs. | Dr. | Prof.
Name        string:121  -    Full Name
Title       string:128  cun  Title
Phone       phone:40    cun  Phone
MobilePhone phone:40    cun  Mobile Phone
Email       email:80    cun  Email
LeadSource  picklist:255 cun Lead Source  = {sources}
Description textarea:32000 cunf Description
HasOptedOutOfEmail boolean cud Email Opt Out
DoNotCall   boolean     cud  Do Not Call
LastActivityDate date   n    Last Activity
EmailBouncedReason string:255 {bounced} Email Bounced Reason
EmailBouncedDate   datetime   {bounced} Email Bounced Date
MasterRecordId  reference:18  n  Master Record ID  > MasterRecord: {object}
""".replace("{sources}", LEAD_SOURCES.replace("*", ""))

LEAD = f"""
{PERSON.replace("{object}", "Lead").replace("{bounced}", "un")}
Company     string:255  cu   Company
Street      textarea:255 cun Street
City        string:40   cun  City
State       string:80   cun  State/Province
PostalCode  string:20   cun  Zip/Postal Code
Country     string:80   cun  Country
Website     url:255     cun  Website
Status      picklist:255 cud Status  = Open - Not Contacted* | Working - Contacted | Closed - Converted | Closed - Not Converted
Industry    picklist:255 cun Industry  = {INDUSTRIES}
Rating      picklist:255 cun Rating  = Hot | Warm | Cold
AnnualRevenue      currency  cun  Annual Revenue
NumberOfEmployees  int       cun  Employees
OwnerId     reference:18 cud Owner ID  > Owner: Group User
IsConverted boolean     cd   Converted
ConvertedDate          date          n  Converted Date
ConvertedAccountId     reference:18  n  Converted Account ID  > ConvertedAccount: Account
ConvertedContactId     reference:18  n  Converted Contact ID  > ConvertedContact: Contact
ConvertedOpportunityId reference:18  n  Converted Opportunity ID  > ConvertedOpportunity: Opportunity
IsUnreadByOwner boolean cud  Unread By Owner
Rejection_Reason__c string:255 cun Rejection Reason
{ORIGIN}
"""  # noqa: E501 (one line a field)

CONTACT = f"""
{PERSON.replace("{object}", "Contact").replace("{bounced}", "cun")}
AccountId   reference:18 cun Account ID  > Account: Account
MailingStreet      textarea:255  cun  Mailing Street
MailingCity        string:40     cun  Mailing City
MailingState       string:80     cun  Mailing State/Province
MailingPostalCode  string:20     cun  Mailing Zip/Postal Code
MailingCountry     string:80     cun  Mailing Country
Department  string:80   cun  Department
ReportsToId reference:18 cun Reports To ID  > ReportsTo: Contact
Birthdate   date        cun  Birthdate
OwnerId     reference:18 cud Owner ID  > Owner: User
IsEmailBounced boolean  d    Is Email Bounced
{ORIGIN}
"""

ACCOUNT = f"""
Name        string:255  cu   Account Name
MasterRecordId reference:18 n Master Record ID  > MasterRecord: Account
Type        picklist:255 cun Account Type  = Prospect | Customer - Direct | Customer - Channel | Channel Partner / Reseller | Competitor | Other
ParentId    reference:18 cun Parent Account ID  > Parent: Account
BillingStreet     textarea:255 cun Billing Street
BillingCity       string:40    cun Billing City
BillingState      string:80    cun Billing State/Province
BillingPostalCode string:20    cun Billing Zip/Postal Code
BillingCountry    string:80    cun Billing Country
Phone       phone:40    cun  Account Phone
AccountNumber string:40 cun  Account Number
Website     url:255     cun  Website
Industry    picklist:255 cun Industry  = {INDUSTRIES}
AnnualRevenue     currency     cun  Annual Revenue
NumberOfEmployees int          cun  Employees
Description textarea:32000 cunf Account Description
Rating      picklist:255 cun Account Rating  = Hot | Warm | Cold
OwnerId     reference:18 cud Owner ID  > Owner: User
AccountSource picklist:255 cun Account Source  = {LEAD_SOURCES.replace("*", "")}
LastActivityDate date   n    Last Activity
"""  # noqa: E501 (one line a field)

CAMPAIGN = """
Name        string:80   cu   Name
ParentId    reference:18 cun Parent Campaign ID  > Parent: Campaign
Type        picklist:40 cund Type  = Conference* | Webinar | Trade Show | Public Relations | Partners | Referral Program | Advertisement | Banner Ads | Direct Mail | Email | Telemarketing | Other
Status      picklist:40 cund Status  = Planned* | In Progress | Completed | Aborted
StartDate   date        cun  Start Date
EndDate     date        cun  End Date
ExpectedRevenue  currency cun Expected Revenue in Campaign
BudgetedCost     currency cun Budgeted Cost in Campaign
ActualCost       currency cun Actual Cost in Campaign
NumberSent  double      cun  Num Sent in Campaign
IsActive    boolean     cud  Active
Description textarea:32000 cunf Description
OwnerId     reference:18 cud Owner ID  > Owner: User
"""  # noqa: E501 (one line a field)

CAMPAIGN_MEMBER = """
CampaignId  reference:18 c   Campaign ID  > Campaign: Campaign
LeadId      reference:18 cn  Lead ID  > Lead: Lead
ContactId   reference:18 cn  Contact ID  > Contact: Contact
Status      picklist:40 cun  Status  = Sent | Registered | Attended | Responded
HasResponded boolean    d    Responded
FirstRespondedDate date n    First Responded Date
Name        string:255  n    Name
Type        picklist:40 n    Type  = Lead | Contact
"""

ACTIVITY = """
WhoId       reference:18 cun Name ID  > Who: Contact Lead
WhatId      reference:18 cun Related To ID  > What: Account Campaign Opportunity
Subject     combobox:255 cun Subject  = Call | Email | Send Letter | Send Quote | Other
ActivityDate date       cun  Due Date Only
Description textarea:32000 cunf Description
OwnerId     reference:18 cud Assigned To ID  > Owner: Group User
AccountId   reference:18 n   Account ID  > Account: Account
IsArchived  boolean     d    Archived
WhoCount    int         n   Relation Count
ReminderDateTime datetime cun Reminder Date/Time
IsReminderSet boolean   cud  Reminder Set
"""

TASK = f"""
{ACTIVITY}
Status      picklist:255 cud Status  = Not Started* | In Progress | Completed | Waiting on someone else | Deferred
Priority    picklist:255 cud Priority  = High | Normal* | Low
IsHighPriority boolean  d    High Priority
IsClosed    boolean     d    Closed
Type        picklist:40 cun  Type  = Call | Meeting | Email | Other
TaskSubtype picklist:40 cnr  Task Subtype  = Task | Email | ListEmail | Cadence | Call | LinkedIn
CallDurationInSeconds int cun Call Duration
CallType    picklist:40 cunr Call Type  = Internal | Inbound | Outbound
CallDisposition string:255 cun Call Result
CompletedDateTime datetime n Completed Date
"""  # noqa: E501 (one line a field)

EVENT = f"""
{ACTIVITY.replace("Owner: Group User", "Owner: Calendar User")}
Location    string:255  cun  Location
IsAllDayEvent boolean   cud  All-Day Event
ActivityDateTime datetime cun Due Date Time
DurationInMinutes int   cun  Duration
StartDateTime datetime  cun  Start Date Time
EndDateTime datetime    cun  End Date Time
Type        picklist:40 cun  Type  = Call | Meeting | Email | Other
IsPrivate   boolean     cud  Private
ShowAs      picklist:40 cundr Show Time As  = Busy* | OutOfOffice | Free
IsChild     boolean     d    Is Child
IsGroupEvent boolean    d    Is Group Event
EventSubtype picklist:40 cnr Event Subtype  = Event
"""

OPPORTUNITY = f"""
AccountId   reference:18 cun Account ID  > Account: Account
Name        string:120  cu   Name
Description textarea:32000 cunf Description
StageName   picklist:255 cu  Stage  = Prospecting | Qualification | Needs Analysis | Value Proposition | Id. Decision Makers | Perception Analysis | Proposal/Price Quote | Negotiation/Review | Closed Won | Closed Lost
Amount      currency    cun  Amount
Probability percent     cund Probability (%)
CloseDate   date        cu   Close Date
Type        picklist:255 cun Opportunity Type  = Existing Customer - Upgrade | Existing Customer - Replacement | Existing Customer - Downgrade | New Customer
NextStep    string:255  cun  Next Step
LeadSource  picklist:255 cun Lead Source  = {LEAD_SOURCES.replace("*", "")}
IsClosed    boolean     d    Closed
IsWon       boolean     d    Won
ForecastCategoryName picklist:255 cundr Forecast Category  = Omitted | Pipeline* | Best Case | Commit | Closed
CampaignId  reference:18 cun Campaign ID  > Campaign: Campaign
ContactId   reference:18 cn  Contact ID
OwnerId     reference:18 cud Owner ID  > Owner: User
LastActivityDate date   n    Last Activity
"""  # noqa: E501 (one line a field)

ROLE = """
OpportunityId reference:18 c  Opportunity ID  > Opportunity: Opportunity
ContactId   reference:18 cu  Contact ID  > Contact: Contact
Role        picklist:40 cun  Role  = Business User | Decision Maker | Economic Buyer | Evaluator | Influencer | Other
IsPrimary   boolean     cud  Primary
"""  # noqa: E501 (one line a field)

LEAD_HISTORY = """
LeadId      reference:18 d   Lead ID  > Lead: Lead
Field       picklist:255 d   Changed Field
OldValue    anyType      nf  Old Value
NewValue    anyType      nf  New Value
CreatedDate datetime     d   Created Date
CreatedById reference:18 d   Created By ID  > CreatedBy: User
"""

OPPORTUNITY_HISTORY = """
OpportunityId reference:18 d Opportunity ID  > Opportunity: Opportunity
StageName   picklist:255 d   Stage Name
Amount      currency     n   Amount
Probability percent      n   Probability
CloseDate   date         n   Close Date
CreatedDate datetime     d   Created Date
CreatedById reference:18 d   Created By ID  > CreatedBy: User
SystemModstamp datetime  d   System Modstamp
"""

RELATION = """
{who}Id     reference:18 c   {who} ID  > {who}: {who}
RelationId  reference:18 c   Relation ID  > Relation: Account Contact Lead
IsWhat      boolean      d   Is What
"""

BUSINESS_HOURS = """
Name        string:80    cu  Business Hours Name
IsActive    boolean      cud Active
IsDefault   boolean      cud Default Business Hours
TimeZoneSidKey picklist:40 cur Time Zone  = Europe/Berlin | Europe/London | America/New_York | UTC
MondayStartTime time n Monday Start
MondayEndTime time n Monday End
TuesdayStartTime time n Tuesday Start
TuesdayEndTime time n Tuesday End
WednesdayStartTime time n Wednesday Start
WednesdayEndTime time n Wednesday End
ThursdayStartTime time n Thursday Start
ThursdayEndTime time n Thursday End
FridayStartTime time n Friday Start
FridayEndTime time n Friday End
SaturdayStartTime time n Saturday Start
SaturdayEndTime time n Saturday End
SundayStartTime time n Sunday Start
SundayEndTime time n Sunday End
"""

HOLIDAY = """
Name        string:80    cu  Holiday Name
ActivityDate date        cun Holiday Date
IsAllDay    boolean      cud All Day
IsRecurrence boolean     cud Recurring Holiday
"""

USER = """
Username    string:80   cu   Username
LastName    string:80   cu   Last Name
FirstName   string:40   cun  First Name
Name        string:121  -    Full Name
Email       email:128   cu   Email
Title       string:80   cun  Title
Alias       string:8    cu   Alias
IsActive    boolean     cud  Active
TimeZoneSidKey    picklist:40 cur Time Zone  = Europe/Berlin | Europe/London | America/New_York | America/Los_Angeles | UTC
UserType    picklist:40 r    User Type  = Standard | AutomatedProcess
ProfileId   reference:18 cu  Profile ID
ManagerId   reference:18 cun Manager ID  > Manager: User
"""  # noqa: E501 (one line a field)

GROUP = """
Name        string:40   cu   Name
DeveloperName string:80 cu   Developer Name
Type        picklist:40 cr   Type  = Regular | Queue
Email       email:255   cun  Email
"""

ORGANIZATION = """
Name        string:80   u    Name
OrganizationType picklist:40 nr Edition  = Developer Edition | Enterprise Edition | Unlimited Edition
IsSandbox   boolean     d    Is Sandbox
InstanceName string:5   n    Instance Name
TimeZoneSidKey picklist:40 ur Time Zone  = Europe/Berlin | Europe/London | UTC
LanguageLocaleKey picklist:40 ur Language  = en_US | de
TrialExpirationDate datetime n Trial Expiration Date
"""

LEAD_STATUS = """
MasterLabel string:255  -    Master Label
ApiName     string:255  n    API Name
SortOrder   int         n    Sort Order
IsDefault   boolean     d    Is Default
IsConverted boolean     d    Is Converted
"""

DUPLICATE_RULE = """
DeveloperName string:80 -    Object Name
MasterLabel string:80   -    Rule Name
SobjectType picklist:40 -    Object
IsActive    boolean     d    Active
"""

# What our own user may do; the platform answers with one row, ours.
USER_PERMISSION_ACCESS = """
PermissionsApiEnabled boolean d API Enabled
PermissionsEditTask boolean d Edit Tasks
PermissionsViewSetup boolean d View Setup and Configuration
PermissionsCustomizeApplication boolean d Customize Application
"""

PERMISSION_SET = """
Name        string:80   cu   Permission Set Name
Label       string:80   cu   Permission Set Label
Description string:255  cun  Description
IsOwnedByProfile boolean d   Is Owned By Profile
LicenseId   reference:18 cn  License ID
"""

FIELD_PERMISSIONS = """
ParentId    reference:18 c   Parent ID  > Parent: PermissionSet
SobjectType picklist:40 c    Sobject Type Name
Field       picklist:255 c   Field Name
PermissionsEdit boolean cud  Edit Field
PermissionsRead boolean cud  Read Field
"""
MODSTAMP = "SystemModstamp  datetime  d  System Modstamp\n"

ASSIGNMENT = """
PermissionSetId reference:18 c Permission Set ID  > PermissionSet: PermissionSet
AssigneeId  reference:18 c   Assignee ID  > Assignee: User
IsActive    boolean     d    Is Active
"""

# What `Owner.…`, `Who.…` and `What.…` can show when the reference may lead to several objects.
NAME = """
Name        string:255  -    Name
Type        picklist:40 n    Type
FirstName   string:40   n    First Name
LastName    string:80   n    Last Name
Email       email:80    n    Email
Username    string:80   n    Username
Title       string:128  n    Title
Phone       phone:40    n    Phone
IsActive    boolean     n    Active
"""

OBJECTS: Mapping[str, SObject] = {
    each.name: each
    for each in (
        sobject("Account", "001", "Accounts", ACCOUNT),
        sobject("Contact", "003", "Contacts", CONTACT),
        sobject("Lead", "00Q", "Leads", LEAD),
        sobject("Campaign", "701", "Campaigns", CAMPAIGN),
        sobject("CampaignMember", "00v", "Campaign Members", CAMPAIGN_MEMBER),
        sobject("Task", "00T", "Tasks", TASK),
        sobject("Event", "00U", "Events", EVENT),
        sobject("Opportunity", "006", "Opportunities", OPPORTUNITY),
        sobject("OpportunityContactRole", "00K", "Opportunity Contact Role", ROLE),
        sobject("LeadHistory", "017", "Lead History", LEAD_HISTORY, stamps=""),
        sobject("OpportunityHistory", "008", "Opportunity: Stage History", OPPORTUNITY_HISTORY, stamps=""),
        sobject("TaskRelation", "0RT", "Task Relations", RELATION.replace("{who}", "Task")),
        sobject("EventRelation", "0RE", "Event Relations", RELATION.replace("{who}", "Event")),
        sobject("BusinessHours", "01m", "Business Hours", BUSINESS_HOURS, deletable=False),
        sobject("Holiday", "0C0", "Holidays", HOLIDAY, deletable=False),
        sobject("User", "005", "Users", USER, deletable=False),
        sobject("Group", "00G", "Groups", GROUP, deletable=False),
        sobject("Organization", "00D", "Organizations", ORGANIZATION, deletable=False),
        sobject("LeadStatus", "01J", "Lead Status Values", LEAD_STATUS, deletable=False),
        sobject("TaskStatus", "01T", "Tasks", LEAD_STATUS.replace("Converted", "Closed"), deletable=False),
        sobject("DuplicateRule", "0Bm", "Duplicate Rules", DUPLICATE_RULE, deletable=False),
        sobject(
            "UserPermissionAccess", "0UP", "User Permission Access", USER_PERMISSION_ACCESS, deletable=False
        ),
        sobject("PermissionSet", "0PS", "Permission Sets", PERMISSION_SET, deletable=False),
        sobject(
            "FieldPermissions",
            "01k",
            "Field Permissions",
            FIELD_PERMISSIONS,
            deletable=False,
            stamps=MODSTAMP,
        ),
        sobject(
            "PermissionSetAssignment", "0Pa", "Assignments", ASSIGNMENT, deletable=False, stamps=MODSTAMP
        ),
    )
}
NAMED = sobject("Name", "", "Names", NAME, deletable=False, stamps="")
