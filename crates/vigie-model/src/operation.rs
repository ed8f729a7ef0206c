//! Names of operations: what a caller may ask of the use cases. Who may is told by `vigie-app`'s `authorise`.

crate::names! {
    /// What a caller may ask.
    pub enum Operation {
        /// Send media or signals of a surface.
        Submit => "submit",
        /// Receive match receipts with the answer.
        ReadReceipts => "read_receipts",
        /// Tell about conversations.
        DescribeConversations => "describe_conversations",
        /// Hand in a participant's report.
        HandInReports => "hand_in_reports",
        /// Match through the HMA-compatible API.
        HmaMatch => "hma_match",
        /// Change banks through the HMA-compatible API.
        HmaCurate => "hma_curate",
        /// Read banks and their entries.
        ReadBanks => "read_banks",
        /// Make, rename and configure banks.
        ManageBanks => "manage_banks",
        /// Add, change and remove entries.
        FillBanks => "fill_banks",
        /// Take a bank out of the house.
        ExportBanks => "export_banks",
        /// Agree, as second person, to making, arming or exporting a bank, or to a negative entry.
        ApproveBanks => "approve_banks",
        /// Read what retro-hunts were asked and what came of them.
        ReadHunts => "read_hunts",
        /// Ask for a retro-hunt, and stop one.
        AskHunts => "ask_hunts",
        /// Agree, as second person, to a retro-hunt.
        ApproveHunts => "approve_hunts",
        /// Compare one file with the banks, and see distances.
        CheckFile => "check_file",
        /// See the queue and incidents.
        ReadIncidents => "read_incidents",
        /// Claim, release, escalate and decide incidents.
        ReviewIncidents => "review_incidents",
        /// Decide escalated incidents and whole waves.
        ReviewEscalated => "review_escalated",
        /// See media, step by step.
        RevealMedia => "reveal_media",
        /// See what each reviewer was exposed to.
        ReadExposure => "read_exposure",
        /// Agree, as second person, to an action that is hard to undo.
        ApproveActions => "approve_actions",
        /// See actions and their receipts; send a failed one again.
        ReadActions => "read_actions",
        /// Undo a decision and what followed from it.
        ReverseDecisions => "reverse_decisions",
        /// See conversations and what was found in them.
        ReadConversations => "read_conversations",
        /// Raise a child-at-risk alarm and see it through.
        ChildAtRisk => "child_at_risk",
        /// See who is on duty.
        ReadRoster => "read_roster",
        /// Say who is on duty.
        ManageRoster => "manage_roster",
        /// Add people, change their roles, end their access.
        ManagePeople => "manage_people",
        /// Make and revoke API tokens.
        ManageTokens => "manage_tokens",
        /// Read detection bases.
        ReadBases => "read_bases",
        /// Enter and end detection bases.
        ManageBases => "manage_bases",
        /// Agree, as second person, to a basis that lets more be examined.
        ApproveBases => "approve_bases",
        /// See counts and charts.
        ReadOverview => "read_overview",
        /// Read the service's own figures: how many requests, how long they took.
        ReadMetrics => "read_metrics",
        /// Read the ledger.
        ReadLedger => "read_ledger",
        /// Make accounts to the public: reports of what came of requests, and tables of orders.
        MakeReports => "make_reports",
        /// Open a new epoch of the public log.
        ManageLedger => "manage_ledger",
        /// See how long evidence is kept, and which holds stand.
        ReadEvidence => "read_evidence",
        /// Ask, and agree as second person, to lift a hold or to end a retention period ahead of its time.
        ManageEvidence => "manage_evidence",
        /// Copy the house.
        MakeBackups => "make_backups",
        /// See requests of authorities, their tasks and their deadlines.
        ReadRequests => "read_requests",
        /// Enter, validate, clarify, accept and refuse requests, and prepare what would leave.
        HandleRequests => "handle_requests",
        /// Call an authority back, as the second person.
        CallBack => "call_back",
        /// Settle what the screen for human rights or a hint of forgery found.
        SettleWarnings => "settle_warnings",
        /// Lift that nothing is done to the accounts of a request, and agree to it as second person.
        LiftDoNotAct => "lift_do_not_act",
        /// State what was disclosed of an account, as far as it may be told.
        ReadStatements => "read_statements",
        /// Agree, as second person, that a package leaves.
        ReleasePackages => "release_packages",
        /// Read the directory of authorities and their officials.
        ReadAuthorities => "read_authorities",
        /// Enter authorities, their keys and officials; suspend them.
        ManageAuthorities => "manage_authorities",
        /// Agree, as second person, to an authority and its keys.
        ApproveAuthorities => "approve_authorities",
        /// Hand in a request, for one's own authority.
        HandInRequests => "hand_in_requests",
        /// See how requests of one's own authority stand, and fetch what was released.
        FetchPackages => "fetch_packages",
        /// See of which requests of others one's own authority was notified as the enforcing one.
        ReadNotified => "read_notified",
        /// Invite others of one's own authority. Who administers it for the authority is asked besides.
        InviteOfficials => "invite_officials",
    }
}
