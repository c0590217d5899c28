"""A fake Salesforce: one org, its SOQL, its collections of writes, its words for every refusal."""
