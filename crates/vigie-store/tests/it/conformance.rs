//! The list of checks. Each becomes a test on SQLite and one on PostgreSQL.

use crate::house::House;
use crate::{
    alarms, authorities, background, banks, bases, hunts, intake, log, overview, passkeys, request_targets,
    requests, retention, review, spine, waves, wellbeing,
};

macro_rules! conformance {
    ($($area:ident::$check:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $check() {
                let house = super::House::sqlite().await;
                super::$area::$check(&house).await;
                house.close().await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $check() {
                let name = concat!("conformance::postgres::", stringify!($check));
                let Some(house) = super::House::postgres(name).await else { return };
                super::$area::$check(&house).await;
                house.close().await;
            })+
        }
    };
}

conformance! {
    spine::the_ledger_numbers_commits_and_a_dropped_transaction_leaves_nothing,
    spine::commits_at_the_same_time_all_get_their_own_number,
    spine::every_table_can_be_shown,
    spine::people_have_one_name_and_sign_in_once_by_a_link,
    passkeys::a_passkey_is_kept_used_and_removed,
    passkeys::an_account_is_one_persons_and_is_parted_again,
    passkeys::a_ceremony_is_taken_once,
    passkeys::sessions_end_one_by_one_and_all_but_one,
    spine::tokens_end_and_are_revoked_at_once,
    spine::a_question_is_answered_once,
    spine::banks_are_found_by_name_and_named_once,
    log::acts_are_counted_by_class_and_day,
    log::entries_about_an_object_come_back_as_they_were_hashed,
    log::tiles_roots_and_proofs_follow_from_the_entries,
    log::what_is_signed_is_kept_before_it_is_shown_by_one_signer_at_a_time,
    banks::entries_come_back_with_their_signals_and_are_found_again,
    banks::a_video_of_any_length_is_kept_and_never_looked_for_by_its_bytes,
    banks::entries_move_between_states_and_are_counted,
    banks::changes_are_followed_in_the_order_of_their_commits,
    banks::a_removed_bank_leaves_its_name_and_its_rows,
    banks::hours_are_counted_apart,
    banks::exchanges_credentials_and_signal_types_are_kept,
    bases::versions_count_up_and_entering_ends_what_held,
    intake::counts_add_up_whatever_the_batches,
    intake::a_submission_comes_back_whole,
    intake::a_submission_of_signals_alone_comes_back_whole,
    intake::who_posted_what_was_found_in_a_conversation,
    intake::holds_stand_once_for_each_reason,
    intake::history_is_kept_once_and_vanishes_by_segment,
    intake::an_answer_is_given_once_under_a_key,
    intake::a_report_comes_back_whole,
    intake::the_latest_word_on_a_conversation_replaces_the_earlier,
    intake::links_lead_both_ways,
    requests::no_request_moves_against_the_order_of_its_states,
    requests::whoever_finds_a_request_in_a_transaction_has_it_alone,
    requests::no_task_moves_against_the_order_of_its_states,
    request_targets::whom_a_sender_asked_about_is_counted_once_and_goes_with_the_request,
    retention::what_is_due_is_erased_once_and_never_under_a_hold,
    retention::a_period_closes_once_and_takes_nothing_more,
    retention::a_hold_and_an_erasure_at_once_never_both_come_about,
    review::an_incident_comes_back_whole,
    review::the_queue_is_in_order_page_by_page_and_leaves_out_what_somebody_passed_on,
    review::of_many_who_claim_at_once_one_holds,
    review::a_lease_is_renewed_and_released_only_under_its_fence,
    review::items_carry_where_they_come_from_and_what_they_matched,
    review::decisions_are_undone_once,
    review::a_ticket_is_used_once,
    review::a_sample_counts_each_item_once,
    waves::items_of_open_waves_are_told_by_what_they_share,
    alarms::an_alarm_comes_back_whole,
    alarms::deadlines_are_told_of_once,
    alarms::turns_lie_between_moments,
    alarms::notices_are_seen_once,
    authorities::an_authority_comes_back_whole_and_is_named_once,
    authorities::keys_belong_to_one_authority,
    authorities::a_suspension_is_lifted_once_and_no_other_is,
    authorities::an_official_acts_for_one_authority_until_they_are_ended,
    background::an_action_comes_back_whole,
    background::no_action_moves_against_the_order_of_its_states,
    background::only_the_latest_claim_ends_an_attempt,
    background::a_claim_is_given_once_and_again_when_it_lapses,
    background::of_many_who_claim_an_action_at_once_one_gets_it,
    background::what_undoes_an_action_waits_until_that_one_has_ended,
    background::a_job_that_is_done_once_is_under_way_once,
    background::a_job_that_is_asked_for_anew_while_it_runs_is_run_once_more,
    background::only_the_latest_claim_ends_a_job,
    background::whoever_waits_for_work_hears_of_a_commit_that_brings_it,
    hunts::a_hunt_comes_back_whole_and_moves_on_once,
    hunts::what_a_hunt_found_is_noted_once_and_marked,
    hunts::a_hunt_wants_what_joined_in_time_and_is_counted_by_month,
    overview::waiting_incidents_are_counted_by_severity,
    overview::actions_are_counted_on_the_day_they_ended,
    wellbeing::looks_are_listed_by_person_and_by_time,
    wellbeing::what_somebody_is_spared_is_marked_and_left_out_unless_a_child_is_at_risk,
    wellbeing::who_takes_an_incident_is_there_did_not_pass_and_is_spared_nothing_of_it,
    wellbeing::precedents_have_the_same_bytes_and_were_looked_at_by_who_decided,
    wellbeing::a_reading_again_comes_back_whole_and_is_in_one_hand,
    wellbeing::judged_items_are_counted_once_for_each_bank_they_matched,
}
