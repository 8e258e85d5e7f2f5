//! Kerberos, and SPNEGO that prefers it, judged by a real KDC and by foreign clients and servers.

use interop::DomainController;

#[test]
fn the_domain_controller_gives_tickets_for_the_server() {
    let controller = DomainController::shared();
    let cache = format!("FILE:{}", controller.path("run/tickets").display());
    controller.run("kinit", &["-c", &cache, "alice"], "Passw0rd!A\n");
    let said = controller.run("kvno", &["-c", &cache, "exchangeAB/mail.acme.test"], "");
    assert!(said.contains("kvno = 2"), "{said}");
}
