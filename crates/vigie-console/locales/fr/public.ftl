# Ce que chacun peut voir.
front-title = La protection des enfants sur ce service
front-lead = Vigie reconnaît les contenus pédocriminels connus, les fait examiner par des personnes et les fait retirer. Ici se trouve le bureau de celles et ceux qui font ce travail.
front-sign-in = Se connecter
front-passkey = Avec la clé d’accès que vous avez créée ici.
front-sign-in-how = La première fois, ouvrez le lien personnel qu’un administrateur vous a remis. Il sert une seule fois, dans les 24 heures.
front-no-link = Pas de lien, ou il a expiré ? Demandez-en un nouveau à un administrateur de cette instance.
front-what = Comment cela fonctionne
front-what-basis = Rien n’est examiné sans base légale énoncée. Ce qui ne correspond à rien ne laisse aucune trace.
front-what-people = Ce sont des personnes qui décident. Ce qui est difficile à défaire en demande deux.
front-what-ledger = Chaque acte est inscrit à un registre, et chaque consultation d’un contenu sensible avant son affichage.

sign-in-title = Connexion
sign-in = Se connecter
sign-in-why-button = Ce lien sert une seule fois. Il est consommé quand vous appuyez sur le bouton, pas avant.
sign-in-after = La session dure au plus 12 heures, et 30 minutes sans activité.
sign-in-passkey = Se connecter avec une clé d’accès
sign-in-passkey-what = Votre appareil demande votre empreinte, votre visage ou votre code. Ni nom, ni mot de passe.
sign-in-no-passkey = Pas de clé d’accès, ou elle est perdue ?
sign-in-no-passkey-what = Ouvrez le lien personnel qu’un administrateur vous a remis, ou demandez-en un. Il sert à créer une clé d’accès.
sign-in-provider = Se connecter avec { $name }
sign-in-provider-what = Avec le compte de votre organisation, une fois qu’il vous est rattaché ici.
provider-leaving = Vers { $name }
provider-leaving-what = Vous vous y connectez, puis revenez ici dans les dix minutes, dans ce navigateur. Ce que vous y tapez ne nous parvient pas.
