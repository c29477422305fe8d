"""What runs in containers of its own, a file for each; `handlers/containers/NAME.Dockerfile` builds its image."""
