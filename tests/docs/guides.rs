//! Guides repeat what the worker says to the letter.

use edge_presigner::aws::Cause as _;
use edge_presigner::sts::Cause;

use super::read;

#[test]
fn the_causes_in_the_guide_from_irsa_are_those_of_the_code() {
    let page = read("docs/from-irsa.md");
    for cause in [
        Cause::RoleDenied,
        Cause::NoSuchProvider,
        Cause::AudienceNotRegistered,
    ] {
        let advice = cause.advice();
        assert!(page.contains(advice), "{cause:?}: {advice}");
    }
}
