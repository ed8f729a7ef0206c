// @ts-check
// The entrance of all scripts. Every page works without them; they make it quicker.
//
// To add one: a module of its own that looks for its `data-` attributes, imported here, and listed in `src/assets.rs`.

import { offerCopies } from "./copy.js";
import { takeDrops } from "./drop.js";
import { listenToKeys } from "./keys.js";
import { keepLease } from "./lease.js";
import { followLedger } from "./ledger.js";
import { offerPasskeys } from "./passkey.js";
import { shield } from "./shield.js";
import { addLocalTimes } from "./time.js";

offerCopies();
listenToKeys();
offerPasskeys();
shield();
takeDrops();
addLocalTimes();
followLedger();
keepLease();
