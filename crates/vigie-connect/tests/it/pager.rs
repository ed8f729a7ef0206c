//! Calls to the person on duty.

use uuid::Uuid;
use vigie_app::ports::{Page, Pager as _};
use vigie_connect::WebhookPager;
use vigie_model::Clock as _;
use vigie_model::id::AlarmId;
use vigie_simulator::Fault;
use vigie_simulator::faults::Door;

use crate::rig::{Rig, SECRET, later, refused};

#[tokio::test]
async fn a_call_says_which_alarm_since_when_and_where_to_read_it_and_nothing_else() {
    let rig = Rig::start().await;
    let pager = WebhookPager::new(&format!("{}/pager", rig.base), SECRET).unwrap();
    let alarm = AlarmId(Uuid::from_u128(7));
    let page = Page {
        alarm,
        raised_at: rig.clock.now(),
        link: format!("http://localhost:8420/alarms/{alarm}"),
        mail: Some("ada@example.org".into()),
    };
    rig.messenger.inject(Door::Pager, &[Fault::ServerError]);
    assert_eq!(later(pager.page(&page, rig.clock.now()).await).0, "500 injected_fault");
    pager.page(&page, rig.clock.now()).await.unwrap();
    let calls = rig.messenger.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].call_id, Some(alarm.to_string()));
    assert_eq!(
        calls[0].body,
        serde_json::json!({
            "kind": "child_at_risk", "alarm": alarm, "raised_at": "2027-01-15T08:00:00Z", "link": page.link,
        })
    );
    let stranger = WebhookPager::new(&format!("{}/pager", rig.base), b"another").unwrap();
    assert_eq!(refused(stranger.page(&page, rig.clock.now()).await), "401 signature_invalid");
    rig.stop().await;
}
