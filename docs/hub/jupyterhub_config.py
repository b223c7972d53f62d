"""JupyterHub for a class on one Linux machine: docs/hub.md says how to start it.

Everything is read-only for learners, but their homes.
"""

import sys
from pathlib import Path

c = get_config()  # noqa: F821, JupyterHub defines it
COURSE = Path(__file__).resolve().parents[2]

# Learners are accounts of this machine (PAM). Anybody with an account may come; to narrow it:
# c.Authenticator.allowed_users = {"ann", "ben"}
c.Authenticator.allow_all = True
c.JupyterHub.bind_url = "http://127.0.0.1:8000"  # behind a web server that adds HTTPS

# A service of systemd for each learner, with limits that the kernel of Linux keeps.
c.JupyterHub.spawner_class = "systemd"
c.Spawner.cmd = [sys.executable, str(COURSE / "docs/hub/learner.py")]
c.Spawner.environment = {"COURSE_SHARED": "/srv/course_data"}
c.Spawner.http_timeout = 180  # seconds: the first start copies notebooks and weights
c.Spawner.mem_limit = "3G"  # a lesson takes up to 1.6 GB, and its successor may start beside it
c.Spawner.cpu_limit = 2.0  # cores; the frameworks are told so
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.readonly_paths = ["/srv"]

# The course's own settings end an idle kernel after one hour. This ends the server, too.
c.JupyterHub.services = [
    {
        "name": "culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=5400"],  # seconds
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["culler"],
    }
]
