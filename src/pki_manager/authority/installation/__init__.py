"""The installation as a whole: first start, TLS certificate, jobs, dashboard, search, tools."""
