"""The tenant's side, asked of Microsoft Graph by the collector: registrations, tokens, answers, schedule."""
