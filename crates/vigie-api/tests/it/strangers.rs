//! Every route that is not public refuses who brings no token, an unknown one, or one for something else.

use http::Method;

use crate::client::Client;
use crate::house::House;

#[tokio::test]
async fn every_route_refuses_strangers() {
    let house = House::start().await;
    let stranger = Client::stranger(&house);
    let powerless = Client::with(&house, &[vigie_model::Scope::Receipts]).await;
    for route in vigie_api::routes().into_iter().filter(|route| !route.public) {
        let path = route.path.replace(['{', '}'], "");
        let said = stranger.send(route.method.clone(), &path, "application/json", vec![]).await;
        // Authorities come by the key that signs, not by a token.
        let is_exchange = route.path.starts_with("/exchange/");
        said.problem(401, if is_exchange { "unknown_authority" } else { "not_signed_in" });
        if is_exchange {
            continue;
        }
        assert_eq!(said.headers["www-authenticate"], "Bearer");
        let said = powerless.send(route.method.clone(), &path, "application/json", vec![]).await;
        let about_itself = route.path == "/api/v1/token";
        assert!(about_itself || said.status == 403, "{route:?} answered {}", said.status);
    }
}

#[tokio::test]
async fn a_wrong_address_and_a_wrong_method_are_named_to_who_has_a_token_and_to_nobody_else() {
    let house = House::start().await;
    let known = Client::with(&house, &[vigie_model::Scope::Submit]).await;
    let stranger = Client::stranger(&house);
    for (method, path, status, code) in [
        (Method::GET, "/api/v1/nothing/here", 404, "not_found"),
        (Method::DELETE, "/api/v1/token", 405, "method_not_allowed"),
    ] {
        known.send(method.clone(), path, "application/json", vec![]).await.problem(status, code);
        stranger.send(method, path, "application/json", vec![]).await.problem(401, "not_signed_in");
    }
}
