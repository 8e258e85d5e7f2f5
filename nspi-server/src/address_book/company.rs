//! ACME, a company that does not exist: an address book for when there is no file.

use nspi_proto::nspi::DisplayType;
use nspi_proto::nspi::property::tags;
use uuid::Uuid;

use super::Recipient;

const SITE: &str = "/o=ACME/ou=First Administrative Group/cn=Recipients/cn=";

/// Account, given name, surname, title, department, manager's account. Telephone and office follow from the place in
/// the list.
type Person = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const PEOPLE: &[Person] = &[
    ("alice", "Alice", "Adams", "Managing Director", "Management", ""),
    ("bob", "Bob", "Baker", "Head of Engineering", "Engineering", "alice"),
    ("zofie.angstrom", "Žofie", "Ångström", "Head of Research", "Research", "alice"),
    ("taro.yamada", "太郎", "山田", "Head of Sales", "Sales", "alice"),
    ("layla.alhaddad", "ليلى", "الحداد", "Head of Finance", "Finance", "alice"),
    ("dmitri.sokolov", "Дмитрий", "Соколов", "Architect", "Engineering", "bob"),
    ("eleni.papadopoulou", "Ελένη", "Παπαδοπούλου", "Developer", "Engineering", "bob"),
    ("bjorn.oberg", "Björn", "Öberg", "Developer", "Engineering", "bob"),
    ("carol.clark", "Carol", "Clark", "Developer", "Engineering", "bob"),
    ("dave.dixon", "Dave", "Dixon", "Tester", "Engineering", "bob"),
    ("erin.evans", "Erin", "Evans", "Tester", "Engineering", "bob"),
    ("frank.fischer", "Frank", "Fischer", "Administrator", "Operations", "bob"),
    ("grace.green", "Grace", "Green", "Administrator", "Operations", "bob"),
    ("heidi.huber", "Heidi", "Huber", "Help Desk", "Operations", "frank.fischer"),
    ("ivan.ivanov", "Ivan", "Ivanov", "Help Desk", "Operations", "frank.fischer"),
    ("jose.munoz", "José", "Muñoz", "Physicist", "Research", "zofie.angstrom"),
    ("judy.jones", "Judy", "Jones", "Chemist", "Research", "zofie.angstrom"),
    ("kirsten.kjaer", "Kirsten", "Kjær", "Chemist", "Research", "zofie.angstrom"),
    ("lukasz.lewandowski", "Łukasz", "Lewandowski", "Librarian", "Research", "zofie.angstrom"),
    ("mallory.moore", "Mallory", "Moore", "Account Manager", "Sales", "taro.yamada"),
    ("nguyen.anh", "Ánh", "Nguyễn", "Account Manager", "Sales", "taro.yamada"),
    ("olivia.oneill", "Olivia", "O'Neill", "Account Manager", "Sales", "taro.yamada"),
    ("peggy.price", "Peggy", "Price", "Buyer", "Finance", "layla.alhaddad"),
    ("quentin.quesnel", "Quentin", "Quesnel", "Controller", "Finance", "layla.alhaddad"),
    ("rupert.ross", "Rupert", "Ross", "Counsel", "Management", "alice"),
    ("sybil.smith", "Sybil", "Smith", "Assistant", "Management", "alice"),
    ("trent.taylor", "Trent", "Taylor", "Auditor", "Finance", "quentin.quesnel"),
    ("ulrike.uebel", "Ulrike", "Übel", "Payroll", "Finance", "quentin.quesnel"),
    ("victor.vega", "Victor", "Vega", "Porter", "Operations", "grace.green"),
    // A combining accent, not a composed letter: it must come back as it went in.
    ("walter.weis", "Walter", "Weiße\u{301}", "Driver", "Operations", "grace.green"),
    ("xenia.xu", "欣妍", "徐", "Designer", "Research", "zofie.angstrom"),
    ("yael.yosef", "יעל", "יוסף", "Trainer", "Sales", "taro.yamada"),
];

const DEPARTMENTS: &[&str] = &["Engineering", "Finance", "Management", "Operations", "Research", "Sales"];

const ROOMS: &[&str] = &["Ada", "Turing"];

/// The people, a group for everybody and one a department, the rooms.
pub(super) fn recipients() -> impl Iterator<Item = Recipient> {
    let people = (0..).zip(PEOPLE).map(|(number, person)| self::person(number, *person));
    let everybody = group("all.staff", "All Staff", PEOPLE.iter());
    let departments = DEPARTMENTS.iter().map(|department| {
        let members = PEOPLE.iter().filter(move |(_, _, _, _, of, _)| of == department);
        group(&format!("all.{}", department.to_lowercase()), &format!("All {department}"), members)
    });
    let rooms = ROOMS.iter().map(|name| {
        let account = format!("room.{}", name.to_lowercase());
        recipient(DisplayType::MAIL_USER, &account, &format!("Room {name}"))
            // DT_ROOM
            .number(tags::DISPLAY_TYPE_EX, 7)
            .text(tags::OFFICE_LOCATION, "Building 1")
    });
    people.chain([everybody]).chain(departments).chain(rooms)
}

fn person(number: u32, (account, given_name, surname, title, department, manager): Person) -> Recipient {
    // 01632 960000 to 960999 belong to nobody: Ofcom keeps them for fiction.
    let telephone = format!("+44 1632 960{number:03}");
    // Chinese and Japanese names begin with the surname.
    let name = match surname {
        "山田" | "徐" => format!("{surname} {given_name}"),
        _ => format!("{given_name} {surname}"),
    };
    recipient(DisplayType::MAIL_USER, account, &name)
        .text(tags::GIVEN_NAME, given_name)
        .text(tags::SURNAME, surname)
        .text(tags::TITLE, title)
        .text(tags::DEPARTMENT_NAME, department)
        .text(tags::OFFICE_LOCATION, format!("Building {}, Room {}", number % 3 + 1, 100 + number))
        .text(tags::BUSINESS_TELEPHONE_NUMBER, telephone.clone())
        .text(tags::PRIMARY_TELEPHONE_NUMBER, telephone)
        .links(
            tags::MANAGER,
            Some(manager).filter(|account| !account.is_empty()).map(|account| format!("{SITE}{account}")),
        )
}

fn group(account: &str, name: &str, members: impl Iterator<Item = &'static Person>) -> Recipient {
    recipient(DisplayType::DIST_LIST, account, name)
        .links(tags::MEMBER, members.map(|(account, ..)| format!("{SITE}{account}")))
}

/// What all of them have.
fn recipient(kind: DisplayType, account: &str, name: &str) -> Recipient {
    let distinguished_name = format!("{SITE}{account}");
    let guid = Uuid::new_v5(&Uuid::NAMESPACE_X500, distinguished_name.as_bytes());
    Recipient::new(kind, distinguished_name, name)
        .text(tags::ACCOUNT, account)
        .text(tags::COMPANY_NAME, "ACME")
        .text(tags::SMTP_ADDRESS, format!("{account}@acme.test"))
        .texts(tags::PROXY_ADDRESSES, [format!("SMTP:{account}@acme.test"), format!("smtp:{account}@mail.acme.test")])
        .octets(tags::OBJECT_GUID, guid.into_bytes())
}
