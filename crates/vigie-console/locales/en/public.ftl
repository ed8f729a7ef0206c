# What anybody may see.
front-title = Child safety on this service
front-lead = Vigie recognises known child sexual abuse material, has people review it, and has it removed. This is the desk of the people who do that work.
front-sign-in = Sign in
front-passkey = With the passkey that you made here.
front-sign-in-how = The first time, open the personal link that an administrator gave you. It works once, within 24 hours.
front-no-link = No link, or it has ended? Ask an administrator of this instance for a new one.
front-what = How it works
front-what-basis = Nothing is examined without a stated legal basis. What matches nothing leaves no trace.
front-what-people = People decide. What is hard to undo takes two of them.
front-what-ledger = Every act is written to a ledger, every look at sensitive material before it is shown.

sign-in-title = Sign in
sign-in = Sign in
sign-in-why-button = This link works once. It is used up when you press the button, not before.
sign-in-after = You stay signed in for at most 12 hours, and for 30 minutes without use.
sign-in-passkey = Sign in with a passkey
sign-in-passkey-what = Your device asks for your fingerprint, face or code. No name, no password.
sign-in-no-passkey = No passkey, or it is lost?
sign-in-no-passkey-what = Open the personal link that an administrator gave you, or ask for one. With it you make a passkey.
sign-in-provider = Sign in with { $name }
sign-in-provider-what = With the account of your organisation, once it is joined to you here.
provider-leaving = On to { $name }
provider-leaving-what = You sign in there, and come back here within ten minutes, in this browser. What you type there does not reach us.
