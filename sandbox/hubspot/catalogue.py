"""What HubSpot ships: the properties we know of each object type, one a line, and their options.

Columns: name, type, field type, flags (`r` read-only, `-` none), label.
"""

from __future__ import annotations

from collections.abc import Mapping

CREATED = 1_565_055_669_377_000  # when HubSpot defined its own properties, August 2019

CONTACT = """
email                          string      text               -  Email
firstname                      string      text               -  First Name
lastname                       string      text               -  Last Name
jobtitle                       string      text               -  Job Title
company                        string      text               -  Company Name
phone                          string      phonenumber        -  Phone Number
mobilephone                    string      phonenumber        -  Mobile Phone Number
website                        string      text               -  Website URL
city                           string      text               -  City
state                          string      text               -  State/Region
zip                            string      text               -  Postal Code
hs_language                    enumeration select             -  Preferred language
country                        string      text               -  Country/Region
address                        string      text               -  Street Address
industry                       string      text               -  Industry
numemployees                   enumeration select             -  Number of Employees
annualrevenue                  string      text               -  Annual Revenue
lifecyclestage                 enumeration radio              -  Lifecycle Stage
hs_lead_status                 enumeration radio              -  Lead Status
hs_buying_role                 enumeration checkbox           -  Buying Role
need_answer                    string      text               -  What do you need?
hubspot_owner_id               enumeration select             -  Contact owner
hs_persona                     enumeration select             -  Persona
hs_email_optout                bool        booleancheckbox    -  Unsubscribed from all email
hs_email_domain                string      text               r  Email Domain
hs_additional_emails           enumeration select             r  Additional email addresses
hs_merged_object_ids           enumeration checkbox           r  Merged record IDs
hs_calculated_merged_vids      enumeration select             r  Merged vids with timestamps
associatedcompanyid            number      number             -  Primary Associated Company ID
createdate                     datetime    date               r  Create Date
lastmodifieddate               datetime    date               r  Last Modified Date
hs_object_id                   number      number             r  Record ID
hs_object_source               string      text               r  Record source
hs_object_source_id            string      text               r  Record source ID
hs_object_source_label         string      text               r  Record source label
hs_analytics_source            enumeration select             -  Original Traffic Source
hs_analytics_source_data_1     string      text               r  Original Traffic Source Drill-Down 1
hs_analytics_source_data_2     string      text               r  Original Traffic Source Drill-Down 2
hs_latest_source               enumeration select             -  Latest Traffic Source
hs_latest_source_data_1        string      text               r  Latest Traffic Source Drill-Down 1
hs_latest_source_timestamp     datetime    date               r  Latest Traffic Source Date
hs_analytics_first_url         string      text               r  First Page Seen
hs_analytics_last_url          string      text               r  Last Page Seen
hs_analytics_first_referrer    string      text               r  First Referring Site
hs_analytics_last_referrer     string      text               r  Last Referring Site
hs_analytics_first_timestamp   datetime    date               r  Time First Seen
hs_analytics_last_timestamp    datetime    date               r  Time Last Seen
hs_analytics_num_page_views    number      number             r  Number of Pageviews
hs_google_click_id             string      text               r  Google ad click id
hs_linkedin_ad_clicked         enumeration booleancheckbox    r  Clicked Linkedin Ad
num_conversion_events          number      number             r  Number of Form Submissions
num_unique_conversion_events   number      number             r  Number of Unique Forms Submitted
first_conversion_date          datetime    date               r  First Conversion Date
first_conversion_event_name    string      text               r  First Conversion
recent_conversion_date         datetime    date               r  Recent Conversion Date
recent_conversion_event_name   string      text               r  Recent Conversion
hs_email_open                  number      number             r  Marketing emails opened
hs_email_click                 number      number             r  Marketing emails clicked
hs_email_delivered             number      number             r  Marketing emails delivered
hs_email_last_open_date        datetime    date               r  Last marketing email open date
hs_email_last_click_date       datetime    date               r  Last marketing email click date
hs_lifecyclestage_lead_date    datetime    date               r  Became a Lead Date
hs_lifecyclestage_opportunity_date datetime date              r  Became an Opportunity Date
hs_lifecyclestage_customer_date datetime   date               r  Became a Customer Date
salesforceleadid               string      text               -  Salesforce Lead ID
salesforcecontactid            string      text               -  Salesforce Contact ID
notes_last_updated             datetime    date               r  Last Activity Date
num_notes                      number      number             r  Number of Sales Activities
num_associated_deals           number      number             r  Number of Associated Deals
hs_all_contact_vids            enumeration checkbox           r  All vids for a contact
hs_associated_target_accounts  number      calculation_rollup r  Associated Target Accounts
hs_currently_enrolled_in_prospecting_agent bool booleancheckbox r Currently enrolled in prospecting agent
hs_full_name_or_email          string      calculation_equation r Full name or email
hs_is_contact                  bool        calculation_equation r Is a contact
hs_is_unworked                 bool        calculation_equation r Contact unworked
hs_membership_has_accessed_private_content number number      r  Has accessed private content
hs_pipeline                    enumeration select             r  Pipeline
hs_prospecting_agent_actively_enrolled_count number number    r  Prospecting agent actively enrolled count
hs_prospecting_agent_total_enrolled_count number number       r  Prospecting agent total enrolled count
hs_registered_member           number      number             r  Registered member
hs_sequences_actively_enrolled_count number number            r  Sequences actively enrolled
hs_searchable_calculated_phone_number string text             r  Calculated phone number
hs_v2_date_entered_current_stage datetime  date               r  Date entered current stage
hs_v2_time_in_current_stage    datetime    date               r  Time in current stage
"""

COMPANY = """
name                           string      text               -  Company name
domain                         string      text               -  Company Domain Name
industry                       enumeration select             -  Industry
numberofemployees              number      number             -  Number of Employees
annualrevenue                  number      number             -  Annual Revenue
country                        string      text               -  Country/Region
city                           string      text               -  City
state                          string      text               -  State/Region
zip                            string      text               -  Postal Code
phone                          string      phonenumber        -  Phone Number
website                        string      text               -  Website URL
description                    string      textarea           -  Description
lifecyclestage                 enumeration radio              -  Lifecycle Stage
hubspot_owner_id               enumeration select             -  Company owner
createdate                     datetime    date               r  Create Date
hs_lastmodifieddate            datetime    date               r  Last Modified Date
hs_object_id                   number      number             r  Record ID
hs_object_source               string      text               r  Record source
hs_object_source_id            string      text               r  Record source ID
hs_object_source_label         string      text               r  Record source label
hs_annual_revenue_currency_code string     text               r  Annual revenue currency
hs_num_blockers                number      number             r  Number of blockers
hs_num_child_companies         number      number             r  Number of child companies
hs_num_contacts_with_buying_roles number   number             r  Number of contacts with a buying role
hs_num_decision_makers         number      number             r  Number of decision makers
hs_num_open_deals              number      number             r  Number of open deals
hs_pipeline                    enumeration select             r  Pipeline
hs_task_label                  string      text               r  Task label
hs_v2_date_entered_current_stage datetime  date               r  Date entered current stage
hs_v2_time_in_current_stage    datetime    date               r  Time in current stage
num_associated_contacts        number      number             r  Number of associated contacts
num_notes                      number      number             r  Number of sales activities
"""

ENGAGEMENT = """
hs_timestamp                   datetime    date               -  Activity date
hubspot_owner_id               enumeration select             -  Activity assigned to
hs_createdate                  datetime    date               r  Create date
hs_lastmodifieddate            datetime    date               r  Last modified date
hs_object_id                   number      number             r  Record ID
hs_object_source               string      text               r  Record source
hs_object_source_id            string      text               r  Record source ID
hs_object_source_label         string      text               r  Record source label
hs_all_owner_ids               enumeration checkbox           r  All owner IDs
hubspot_owner_assigneddate     datetime    date               r  Owner assigned date
hs_user_ids_of_all_owners      enumeration checkbox           r  User IDs of all owners
hs_body_preview                string      text               r  Body preview
hs_body_preview_html           string      text               r  Body preview, HTML
hs_body_preview_is_truncated   bool        booleancheckbox    r  Body preview truncated
"""

CATALOGUE: Mapping[str, str] = {
    "contact": CONTACT,
    "company": COMPANY,
    "deal": """
dealname                       string      text               -  Deal Name
amount                         number      number             -  Amount
dealstage                      enumeration radio              -  Deal Stage
pipeline                       enumeration select             -  Pipeline
closedate                      datetime    date               -  Close Date
description                    string      textarea           -  Deal Description
deal_currency_code             enumeration select             -  Currency
hubspot_owner_id               enumeration select             -  Deal owner
hs_is_closed                   bool        calculation_equation r Is Deal Closed?
hs_is_closed_won               bool        calculation_equation r Is Closed Won
hs_analytics_source            enumeration select             r  Original Traffic Source
createdate                     datetime    date               -  Create Date
hs_lastmodifieddate            datetime    date               r  Last Modified Date
hs_object_id                   number      number             r  Record ID
""",
    "call": ENGAGEMENT
    + """
hs_call_title                  string      text               -  Call Title
hs_call_body                   string      html               -  Call notes
hs_call_direction              enumeration select             -  Call direction
hs_call_disposition            enumeration select             -  Call outcome
hs_call_status                 enumeration select             -  Call Status
hs_call_duration               number      number             -  Call duration
""",
    "meeting": ENGAGEMENT
    + """
hs_meeting_title               string      text               -  Meeting name
hs_meeting_body                string      html               -  Meeting description
hs_meeting_outcome             enumeration select             -  Meeting outcome
hs_meeting_source              enumeration select             r  Meeting source
hs_meeting_start_time          datetime    date               -  Meeting start time
hs_meeting_end_time            datetime    date               -  Meeting end time
""",
    "email": ENGAGEMENT
    + """
hs_email_subject               string      text               -  Email subject
hs_email_direction             enumeration select             -  Email direction
hs_email_status                enumeration select             -  Email send status
hs_email_text                  string      textarea           -  Text body
""",
    "lead": """
hs_lead_name                   string      text               -  Lead Name
hs_lead_type                   enumeration select             -  Lead Type
hs_lead_label                  enumeration select             -  Lead Label
hs_pipeline                    enumeration select             -  Pipeline
hs_pipeline_stage              enumeration radio              -  Stage
hubspot_owner_id               enumeration select             -  Lead owner
hs_createdate                  datetime    date               r  Create date
hs_lastmodifieddate            datetime    date               r  Last modified date
hs_object_id                   number      number             r  Record ID
""",
    "task": ENGAGEMENT
    + """
hs_task_subject                string      text               -  Task Title
hs_task_body                   string      html               -  Notes
hs_task_status                 enumeration select             -  Task Status
hs_task_priority               enumeration select             -  Priority
hs_task_type                   enumeration select             -  Task Type
hs_task_reminders              string      text               -  Reminder
hs_task_completion_date        datetime    date               r  Completed at
hs_task_completion_count       number      number             r  Completion count
hs_task_family                 enumeration select             r  Task family
hs_task_for_object_type        enumeration select             r  For object type
hs_task_is_all_day             bool        booleancheckbox    r  All day
hs_task_is_completed           number      number             r  Is completed
hs_task_is_completed_call      number      number             r  Is completed call
hs_task_is_completed_email     number      number             r  Is completed email
hs_task_is_completed_linked_in number      number             r  Is completed LinkedIn task
hs_task_is_completed_sequence  number      number             r  Is completed sequence task
hs_task_is_overdue             bool        booleancheckbox    r  Is overdue
hs_task_is_past_due_date       bool        booleancheckbox    r  Is past due date
hs_task_is_sub_task            bool        booleancheckbox    r  Is a sub-task
hs_task_missed_due_date        bool        booleancheckbox    r  Missed due date
hs_task_missed_due_date_count  number      number             r  Missed due date count
hs_engagements_last_contacted  datetime    date               r  Last contacted
hs_obj_coords                  string      text               r  Object coordinates
hs_start_date_with_fallback    datetime    date               r  Start date
""",
}

LIFECYCLE = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
    "evangelist", "other",
)  # fmt: skip

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "lifecyclestage": LIFECYCLE,
    "hs_lead_status": (
        "NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED",
        "BAD_TIMING",
    ),
    "hs_buying_role": ("DECISION_MAKER", "BUDGET_HOLDER", "CHAMPION", "INFLUENCER", "END_USER", "BLOCKER"),
    "numemployees": ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+"),
    "hs_task_status": ("NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"),
    "hs_task_priority": ("NONE", "LOW", "MEDIUM", "HIGH"),
    "hs_task_type": ("TODO", "CALL", "EMAIL", "LINKED_IN", "LINKED_IN_CONNECT", "LINKED_IN_MESSAGE"),
    "hs_email_direction": ("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"),
    "hs_email_status": ("BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT"),
    "hs_lead_label": ("COLD", "WARM", "HOT"),
    "hs_pipeline_stage": (
        "new-stage-id", "attempting-stage-id", "connected-stage-id", "qualified-stage-id",
        "unqualified-stage-id",
    ),
    "hs_call_direction": ("INBOUND", "OUTBOUND"),
    "hs_call_status": ("COMPLETED", "NO_ANSWER", "BUSY", "CANCELED", "FAILED", "QUEUED", "RINGING"),
    "hs_meeting_outcome": ("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED"),
    "dealstage": (
        "appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "contractsent", "closedwon",
        "closedlost",
    ),
}  # fmt: skip
