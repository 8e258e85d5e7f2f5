//! Our client against a foreign server: Samba's endpoint mapper and remote management, by each mechanism at each level.

use interop::{DomainController, binary};
use serde_json::Value;

use crate::said;

#[test]
fn samba_answers_our_client_by_each_mechanism_at_each_level() {
    let controller = DomainController::shared();
    let server = format!("{}:135", DomainController::HOST);
    for mechanism in ["ntlm", "negotiate", "kerberos", "negotiate-kerberos"] {
        for level in ["connect", "packet", "integrity", "privacy"] {
            let asked = controller.command(binary("ask")).args([&server, mechanism, level]).output().unwrap();
            eprintln!("{mechanism} {level}");
            let told: Value = serde_json::from_str(&said(&asked)).unwrap();
            assert!(told["entries"].as_u64().unwrap() > 10, "{mechanism} {level}: {told}");
            assert!(told["interfaces"].as_u64().unwrap() > 0, "{mechanism} {level}: {told}");
            assert_eq!(told["listening"], true, "{mechanism} {level}: {told}");
        }
    }
}
