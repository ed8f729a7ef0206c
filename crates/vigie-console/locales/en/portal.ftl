# The portal, for officials of authorities.
portal-pages = Portal
portal-acting-for = You act for
portal-home = My authority
portal-lead = What this service knows of your authority and of you. If something is wrong, call the service.
portal-colleagues = Colleagues
portal-colleagues-lead = Who acts for your authority at this portal. Nobody of another authority is shown here.
portal-invite = Invite a colleague
portal-invite-domains = Their mail address is of one of these domains: { $name }.
portal-invite-then = You get a one-time link to hand over yourself. It leads to making a passkey. For 30 days, whoever used it counts as new.
portal-invite-not = Whoever administers your authority invites colleagues and ends their access.
