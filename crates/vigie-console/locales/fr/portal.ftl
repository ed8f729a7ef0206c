# Le portail, pour les agents des autorités.
portal-pages = Portail
portal-acting-for = Vous agissez pour
portal-home = Mon autorité
portal-lead = Ce que ce service sait de votre autorité et de vous. Si quelque chose est faux, appelez le service.
portal-colleagues = Collègues
portal-colleagues-lead = Qui agit pour votre autorité sur ce portail. Personne d’une autre autorité n’y figure.
portal-invite = Inviter un collègue
portal-invite-domains = Son adresse est de l’un de ces domaines : { $name }.
portal-invite-then = Vous recevez un lien à usage unique, à remettre vous-même. Il mène à la création d’une clé d’accès. Pendant 30 jours, qui l’a utilisé compte comme nouveau.
portal-invite-not = Qui administre votre autorité invite les collègues et met fin à leur accès.
