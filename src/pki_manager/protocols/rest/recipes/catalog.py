"""All recipes, the most common client first."""

from __future__ import annotations

from pki_manager.protocols.rest.recipes import clients, platforms, servers
from pki_manager.protocols.rest.recipes.values import Recipe

RECIPES = (
    Recipe("certbot", "certbot", "certbot.sh", clients.certbot, is_tested=True),
    Recipe("lego", "lego", "lego.sh", clients.lego, is_tested=True),
    Recipe("acme.sh", "acme.sh", "acme.sh", clients.acme_sh),
    Recipe("caddy", "Caddy", "Caddyfile", servers.caddy, is_tested=True),
    Recipe("traefik", "Traefik", "traefik.yaml", servers.traefik),
    Recipe("nginx", "nginx", "nginx.conf", servers.nginx, is_tested=True),
    Recipe("apache", "Apache (mod_md)", "apache.conf", servers.apache, is_tested=True),
    Recipe("haproxy", "HAProxy", "haproxy.cfg", servers.haproxy, is_tested=True),
    Recipe("proxmox", "Proxmox VE", "proxmox.sh", platforms.proxmox),
    Recipe("opnsense", "OPNsense", "opnsense.txt", platforms.opnsense),
    Recipe("cert-manager", "Kubernetes (cert-manager)", "cert-manager.yaml", platforms.cert_manager),
    Recipe("ansible", "Ansible", "ansible.yaml", clients.ansible),
    Recipe("win-acme", "Windows (win-acme)", "win-acme.cmd", clients.win_acme),
    Recipe("postgresql", "PostgreSQL", "postgresql.sh", platforms.postgresql, is_tested=True),
    Recipe("mosquitto", "MQTT (Mosquitto)", "mosquitto.conf", platforms.mosquitto, is_tested=True),
    Recipe("openvpn", "VPN (OpenVPN)", "openvpn.conf", platforms.openvpn),
    Recipe("strongswan", "VPN (strongSwan)", "swanctl.conf", platforms.strongswan),
)
