//! The order of names in the language that a client asks for [MS-NSPI 2.2.6, 3.1.4.3].

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use icu_collator::options::{AlternateHandling, CollatorOptions, MaxVariable, Strength};
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::Locale;
use nspi_auth::AccountList;
use nspi_client::{ConnectOptions, Connection, Credentials};
use nspi_proto::nspi::property::{PropertyTag, Value, tags};
use nspi_proto::nspi::{Lcid, MinimalId, NspiQueryRowsRequest, Stat};
use nspi_server::Server;
use nspi_server::address_book::collation::{Collation, Language};
use nspi_server::address_book::{AddressBook, Arena, Container, MemoryBook, Object, Reader, Table, View};
use nspi_server::config::{LAB_ACCOUNTS, Settings};

use super::{book, names};

const ENGLISH: Lcid = Lcid(0x409);
const BRITISH: Lcid = Lcid(0x809);
const GERMAN: Lcid = Lcid(0x407);
const GERMAN_PHONE_BOOK: Lcid = Lcid(0x1_0407);
const SWEDISH: Lcid = Lcid(0x41D);
const DANISH: Lcid = Lcid(0x406);
const CZECH: Lcid = Lcid(0x405);
const SPANISH: Lcid = Lcid(0xC0A);
const SPANISH_TRADITIONAL: Lcid = Lcid(0x40A);
const RUSSIAN: Lcid = Lcid(0x419);
const CHINESE: Lcid = Lcid(0x804);
const TAIWAN: Lcid = Lcid(0x404);

fn table(sort_locale: Lcid) -> Table {
    Table::from(&Stat { sort_locale, ..Stat::default() })
}

fn list(view: &dyn View, sort_locale: Lcid) -> Vec<String> {
    let arena = Arena::new();
    let request = NspiQueryRowsRequest {
        stat: Stat { sort_locale, ..Stat::default() },
        count: 10_000,
        columns: Some((&[tags::DISPLAY_NAME][..]).into()),
        ..Default::default()
    };
    names(&Reader::new(view, &arena).query_rows(&request).unwrap().1)
}

fn sorted(locale: Lcid, names: &[&str]) -> String {
    list(&*book(names), locale).join(" ")
}

#[test]
fn letters_stand_where_readers_of_the_language_expect_them() {
    let nordic = ["Zorn", "Öberg", "Ahl", "Ångström", "Olsson", "Aaberg"];
    assert_eq!(sorted(ENGLISH, &nordic), "Aaberg Ahl Ångström Öberg Olsson Zorn");
    assert_eq!(sorted(SWEDISH, &nordic), "Aaberg Ahl Olsson Zorn Ångström Öberg");
    assert_eq!(sorted(DANISH, &nordic), "Ahl Olsson Zorn Öberg Aaberg Ångström");
    let german = ["Mueller", "Mugler", "Müller"];
    assert_eq!(sorted(GERMAN, &german), "Mueller Mugler Müller");
    assert_eq!(sorted(GERMAN_PHONE_BOOK, &german), "Mueller Müller Mugler");
    assert_eq!(sorted(CZECH, &["Chalupa", "Ivan", "Cikán", "Hora"]), "Cikán Hora Chalupa Ivan");
    let spanish = ["Luz", "Llosa", "Ñandú", "Nube", "Oca"];
    assert_eq!(sorted(SPANISH, &spanish), "Llosa Luz Nube Ñandú Oca");
    assert_eq!(sorted(SPANISH_TRADITIONAL, &spanish), "Luz Llosa Nube Ñandú Oca");
    assert_eq!(sorted(ENGLISH, &["Анна", "Zoe"]), "Zoe Анна");
    assert_eq!(sorted(RUSSIAN, &["Анна", "Zoe"]), "Анна Zoe");
    // By sound: Wang, Zhang; by strokes: 4, 11.
    assert_eq!(sorted(CHINESE, &["張", "王", "丁"]), "丁 王 張");
    assert_eq!(sorted(TAIWAN, &["張", "王", "丁"]), "丁 王 張");
    assert_eq!(sorted(CHINESE, &["一", "阿"]), "阿 一", "a before yi");
    assert_eq!(sorted(TAIWAN, &["一", "阿"]), "一 阿", "one stroke before eight");
}

#[test]
fn symbols_count_in_the_default_locale_alone() {
    let hyphens = ["co op", "coat", "co-op", "coop"];
    assert_eq!(sorted(ENGLISH, &hyphens), "co op co-op coat coop");
    assert_eq!(sorted(BRITISH, &hyphens), "coat co op co-op coop");
}

#[test]
fn rows_that_compare_equal_stand_by_marks_and_case() {
    assert_eq!(sorted(ENGLISH, &["RESUME", "résumé", "resume"]), "resume RESUME résumé");
}

#[test]
fn an_lcid_that_nobody_has_is_the_default_locale() {
    for lcid in [Lcid(0), Lcid(0x400), Lcid(0x800), Lcid(0x03FF), Lcid(0xFFFF_FFFF)] {
        assert_eq!(Language::of(lcid), Language::default(), "{lcid:?}");
    }
}

/// Every LCID of Windows, with its name.
fn windows() -> impl Iterator<Item = (Lcid, &'static str)> {
    (1..0x8000).filter_map(|number| {
        let language = <&lcid::LanguageId>::try_from(number).ok()?;
        (!language.name.is_empty()).then_some((Lcid(number), language.name))
    })
}

#[test]
fn all_lcids_share_few_orders() {
    let orders: HashSet<Language> = windows().map(|(lcid, _)| Language::of(lcid)).collect();
    assert!(windows().count() > 400, "{}", windows().count());
    assert!((60..100).contains(&orders.len()), "{}", orders.len());
}

/// What the table of languages leaves out must not change the order: each is held against CLDR's collator of the whole
/// name, on letters, digraphs and ideographs that some language has an opinion on.
#[test]
fn a_shared_order_is_the_languages_own() {
    let scripts = [0x61..0x7B, 0xDF..0x250, 0x3B1..0x3CF, 0x430..0x530, 0x561..0x588, 0x5D0..0x5EB, 0x621..0x6D4];
    let more = [0x904..0xD80, 0xE01..0xEDF, 0x1000..0x1030, 0x10D0..0x10FB, 0x1780..0x17B4, 0x3041..0x30FB];
    let single = scripts.into_iter().chain(more).flatten().filter_map(char::from_u32).filter(|c| c.is_alphabetic());
    let han = "一丁七阿王中太山徐張欣田郎國".chars();
    let mut probe: Vec<String> = single.chain(han).map(String::from).collect();
    probe.extend(('a'..='z').flat_map(|a| "aehjlnsyz".chars().map(move |b| format!("{a}{b}"))));
    probe.extend(["ch", "c'h", "dzs", "gyy", "l·l", "aaz"].map(String::from));
    let mut sorted = HashMap::new();
    let mut wrong = Vec::new();
    // 0x1404, Macao, and 0x40A, traditional Spanish, are not what their names say.
    for (lcid, name) in windows().filter(|(lcid, _)| ![0x409, 0x1404, 0x40A].contains(&lcid.0)) {
        let (ours, theirs) = (Collation::new(Language::of(lcid)), collator(name));
        let sorted = sorted.entry(ours.language()).or_insert_with(|| {
            let mut sorted = probe.clone();
            sorted.sort_by(|a, b| ours.compare(a, b));
            sorted
        });
        // Neighbours that compare alike make the whole order alike.
        let agree = |pair: &[String]| ours.compare(&pair[0], &pair[1]) == theirs.compare(&pair[0], &pair[1]);
        if !sorted.windows(2).all(agree) {
            wrong.push((name, ours.language()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn collator(name: &str) -> CollatorBorrowed<'static> {
    let mut options = CollatorOptions::default();
    options.strength = Some(Strength::Primary);
    options.alternate_handling = Some(AlternateHandling::Shifted);
    options.max_variable = Some(MaxVariable::Currency);
    Collator::try_new((&Locale::try_from_str(name).unwrap()).into(), options).unwrap()
}

#[test]
fn rows_positions_and_seeks_agree_in_every_language() {
    for locale in [ENGLISH, BRITISH, SWEDISH, DANISH, RUSSIAN, CHINESE, TAIWAN, GERMAN_PHONE_BOOK] {
        let view = MemoryBook::company().view();
        let collation = Collation::new(Language::of(locale));
        let shown = list(&*view, locale);
        assert!(shown.is_sorted_by(|a, b| collation.order(a, b).is_le()), "{locale:?}: {shown:?}");
        for container in view.containers() {
            let table = Table { container: container.id, ..table(locale) };
            let rows = view.rows(table).unwrap();
            assert_eq!(rows.len(), view.rows(Table { locale: ENGLISH, ..table }).unwrap().len());
            for (position, id) in rows.iter().enumerate() {
                assert_eq!(view.position(table, *id), Some(position));
            }
        }
        for target in shown.iter().map(String::as_str).chain(["", "m", "Ö", "Ж", "中", "zzz"]) {
            let before = shown.iter().filter(|name| collation.compare(name, target).is_lt()).count();
            assert_eq!(view.seek(table(locale), target), Some(before), "{target} in {locale:?}");
        }
    }
}

#[test]
fn more_languages_than_a_view_holds_get_the_default_order() {
    let view = book(&["Zorn", "Öberg", "Ahl"]);
    // Sixteen with an order of their own ..
    let others =
        [0x436, 0x45E, 0x401, 0x44D, 0x42C, 0x423, 0x402, 0x445, 0x47E, 0x405, 0x452, 0x406, 0x42E, 0x408, 0x425];
    others.into_iter().chain([0x429]).for_each(|lcid| assert!(view.rows(table(Lcid(lcid))).is_some()));
    // .. and one more; places are those of the rows all the same.
    assert_eq!(list(&*view, SWEDISH), ["Ahl", "Öberg", "Zorn"]);
    let rows = view.rows(table(SWEDISH)).unwrap();
    assert_eq!(view.position(table(SWEDISH), rows[1]), Some(1));
    assert_eq!(view.seek(table(SWEDISH), "Öberg"), Some(1));
    assert_eq!(list(&*view, DANISH), ["Ahl", "Zorn", "Öberg"], "those that are there stay");
}

/// Tells on which threads a table in Swedish was asked for.
struct Watched(Arc<dyn View>, Arc<Mutex<Vec<String>>>);

impl AddressBook for Watched {
    fn view(&self) -> Arc<dyn View> {
        Arc::new(Self(Arc::clone(&self.0), Arc::clone(&self.1)))
    }
}

impl View for Watched {
    fn containers(&self) -> &[Container] {
        self.0.containers()
    }

    fn hierarchy_version(&self) -> u32 {
        self.0.hierarchy_version()
    }

    fn is_sorted(&self, locale: Lcid) -> bool {
        self.0.is_sorted(locale)
    }

    fn rows(&self, table: Table) -> Option<&[MinimalId]> {
        if table.locale == SWEDISH {
            self.1.lock().unwrap().push(std::thread::current().name().unwrap_or_default().to_owned());
        }
        self.0.rows(table)
    }

    fn position(&self, table: Table, id: MinimalId) -> Option<usize> {
        self.0.position(table, id)
    }

    fn object(&self, id: MinimalId) -> Option<Object<'_>> {
        self.0.object(id)
    }

    fn value<'a>(&'a self, id: MinimalId, tag: PropertyTag, arena: &'a Arena) -> Option<Value<'a>> {
        self.0.value(id, tag, arena)
    }

    fn tags(&self, id: MinimalId) -> &[PropertyTag] {
        self.0.tags(id)
    }
}

#[tokio::test]
async fn names_are_sorted_in_another_language_where_nobody_waits() {
    let threads = Arc::default();
    let book = Watched(MemoryBook::company().view(), Arc::clone(&threads));
    let mut settings = Settings::default();
    settings.listen.value = ([127, 0, 0, 1], 0).into();
    settings.endpoint_mapper.value = None;
    let accounts: AccountList = LAB_ACCOUNTS.parse().unwrap();
    let server = Server::listen_with(settings, accounts, book).await.unwrap();
    let address = server.local_addr();
    tokio::spawn(server.serve_until(std::future::pending()));
    let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", "alice", "Passw0rd!A"));
    let connection = Connection::open(address, options).await.unwrap();
    let stat = Stat { sort_locale: SWEDISH, ..Stat::default() };
    let session = connection.bind(stat).await.unwrap();
    for _ in 0..2 {
        assert_eq!(session.query_rows(stat, 3, &[]).await.unwrap().rows.len(), 3);
    }
    session.unbind().await.unwrap();
    let threads: Vec<String> = threads.lock().unwrap().clone();
    let (first, later) = threads.split_first().unwrap();
    assert_eq!(first, "back room", "{threads:?}");
    assert_ne!(later.last().unwrap(), "back room", "once it is sorted, in place");
}
