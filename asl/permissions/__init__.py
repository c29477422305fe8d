"""What a definition needs to be allowed: grants, policies, and what roles need beside their calls."""
