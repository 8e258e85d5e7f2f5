//! A server with one of each kind of object, a session with it, and each operation as a method whose answer is kept
//! whatever its status is.

use nspi_client::{ConnectOptions, Connection, Credentials, Session, SessionCall};
use nspi_proto::ndr::{Ansi, Multi, Utf16};
use nspi_proto::nspi::property::{
    Binary, PropertyRowBuf, PropertyRowSet, PropertyTag, PropertyTagArray, PropertyValue, SingleRow, Value, ValueBuf,
    tags,
};
use nspi_proto::nspi::{
    CodePage, DisplayType, Lcid, MinimalId, MinimalIdArray, ModLinkFlags, NspiCompareMIdsRequest, NspiDNToMIdRequest,
    NspiGetMatchesRequest, NspiGetPropListRequest, NspiGetPropsRequest, NspiGetSpecialTableRequest,
    NspiGetTemplateInfoRequest, NspiModLinkAttRequest, NspiModPropsRequest, NspiQueryColumnsRequest,
    NspiQueryRowsRequest, NspiResolveNamesRequest, NspiResolveNamesWRequest, NspiResortRestrictionRequest,
    NspiSeekEntriesRequest, NspiUpdateStatRequest, NspiUpdateStatResponse, QueryColumnsFlags, Restriction,
    RetrieveFlags, SpecialTableFlags, Stat, Status, TemplateInfoFlags,
};
use nspi_server::address_book::{AddressBook, EditableBook, MemoryBook, Recipient};
use nspi_server::config::{LAB_ACCOUNTS, Settings};
use nspi_server::testing::{ALICE, TestServer};

pub(super) struct Lab {
    server: TestServer,
    session: Session,
}

pub(super) const ALICE_DN: &str = "/o=ACME/ou=First/cn=Recipients/cn=alice";
pub(super) const BOB_DN: &str = "/o=ACME/ou=First/cn=Recipients/cn=bob";
pub(super) const STAFF_DN: &str = "/o=ACME/ou=First/cn=Recipients/cn=staff";
pub(super) const AGENT_DN: &str = "/o=ACME/ou=First/cn=Recipients/cn=quotes";

/// People, a group, a folder, an agent and somebody from elsewhere. In their order: Alice Adams, Bob Baker, News, Quotes,
/// Remote Rita, Staff, Zoë Ångström.
fn book() -> MemoryBook {
    let one = |kind, account: &str, name: &str| {
        Recipient::new(kind, format!("/o=ACME/ou=First/cn=Recipients/cn={account}"), name)
            .text(tags::ACCOUNT, account)
            .text(tags::SMTP_ADDRESS, format!("{account}@acme.test"))
    };
    let recipients = [
        one(DisplayType::MAIL_USER, "alice", "Alice Adams")
            .text(tags::TITLE, "Managing Director")
            .text(tags::DEPARTMENT_NAME, "Management")
            .octet_strings(tags::X509_CERTIFICATE, [b"first".to_vec()]),
        one(DisplayType::MAIL_USER, "bob", "Bob Baker").text(tags::TITLE, "Tester").links(tags::MANAGER, [ALICE_DN]),
        one(DisplayType::MAIL_USER, "zoe", "Zoë Ångström").text(tags::TITLE, "Übersetzerin"),
        one(DisplayType::DIST_LIST, "staff", "Staff")
            .links(tags::MEMBER, [ALICE_DN, BOB_DN])
            .links(tags::OWNER, [ALICE_DN]),
        one(DisplayType::FORUM, "news", "News").text(tags::ACCOUNT, "staff.news"),
        one(DisplayType::AGENT, "quotes", "Quotes"),
        one(DisplayType::REMOTE_MAIL_USER, "rita", "Remote Rita"),
    ];
    MemoryBook::new(recipients).unwrap()
}

/// A STAT as Microsoft's suite begins with: the Global Address List, CP_TELETEX, the default locale.
pub(super) fn stat() -> Stat {
    Stat { code_page: CodePage::TELETEX, ..Stat::default() }
}

pub(super) fn at(id: MinimalId) -> Stat {
    Stat { current_rec: id, ..stat() }
}

/// A container, or an object, that does not exist.
pub(super) const NOWHERE: MinimalId = MinimalId(0xFFFF_FFF0);

/// A table as it came: rows are NULL or not.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub(super) stat: Stat,
    pub(super) ids: Option<Vec<MinimalId>>,
    pub(super) rows: Option<Vec<PropertyRowBuf>>,
    pub(super) status: Status,
}

impl Table {
    /// The rows of a call that was answered.
    pub(super) fn rows(&self) -> &[PropertyRowBuf] {
        assert_eq!(self.status, Status::SUCCESS);
        self.rows.as_deref().expect("Success has rows")
    }

    /// The names in them.
    pub(super) fn names(&self) -> Vec<String> {
        self.rows().iter().map(|row| row.find(tags::DISPLAY_NAME).unwrap().to_string()).collect()
    }

    /// A call that was refused: every pointer NULL, the STAT as it was sent.
    pub(super) fn assert_refused(&self, sent: Stat, status: Status) {
        let refused = Self { stat: sent, ids: None, rows: None, status };
        assert_eq!(*self, refused);
    }
}

fn rows(rows: Option<PropertyRowSet<'_>>) -> Option<Vec<PropertyRowBuf>> {
    rows.map(|rows| rows.rows().map(PropertyRowBuf::from).collect())
}

fn ids(ids: Option<MinimalIdArray<'_>>) -> Option<Vec<MinimalId>> {
    ids.map(|ids| ids.0.iter().collect())
}

fn tag_list(tags: Option<PropertyTagArray<'_>>) -> Option<Vec<PropertyTag>> {
    tags.map(|tags| tags.0.iter().collect())
}

fn row(row: Option<SingleRow<'_>>) -> Option<PropertyRowBuf> {
    row.map(|row| PropertyRowBuf::from(row.as_row()))
}

fn given(columns: &[PropertyTag]) -> Option<PropertyTagArray<'_>> {
    (!columns.is_empty()).then(|| columns.into())
}

pub(super) async fn connect(server: &TestServer, login: nspi_server::testing::Login) -> Connection {
    let credentials = Credentials::ntlm(login.domain, login.user, login.password);
    Connection::open(server.address(), ConnectOptions::new().credentials(credentials)).await.unwrap()
}

impl Lab {
    pub(super) async fn open() -> Self {
        Self::of(book()).await
    }

    /// With a book that Alice may change: herself, and the group that is hers.
    pub(super) async fn writable() -> Self {
        Self::of(EditableBook::new(book(), "ACME")).await
    }

    async fn of(book: impl AddressBook + 'static) -> Self {
        let accounts: nspi_auth::AccountList = LAB_ACCOUNTS.parse().unwrap();
        let server = TestServer::with(Settings::default(), accounts, book);
        let session = connect(&server, ALICE).await.bind(stat()).await.unwrap();
        Self { server, session }
    }

    /// Another session, of the same user on a connection of its own.
    pub(super) async fn another(&self) -> Session {
        connect(&self.server, ALICE).await.bind(stat()).await.unwrap()
    }

    pub(super) async fn close(self) {
        self.session.unbind().await.unwrap();
        self.server.finish();
    }

    async fn ask<Q: SessionCall, T>(&self, request: Q, then: impl FnOnce(Q::Response<'_>) -> T) -> T {
        let request = request.in_session(self.session.handle());
        self.session.connection().raw_call_with(request, then).await.unwrap()
    }

    pub(super) async fn special_table(
        &self,
        flags: SpecialTableFlags,
        stat: Stat,
        version: u32,
    ) -> (u32, Option<Vec<PropertyRowBuf>>, Status) {
        let request = NspiGetSpecialTableRequest { flags, stat, version, ..Default::default() };
        self.ask(request, |r| (r.version, rows(r.rows), r.status)).await
    }

    pub(super) async fn columns(&self, flags: QueryColumnsFlags, reserved: u32) -> Vec<PropertyTag> {
        let request = NspiQueryColumnsRequest { flags, reserved, ..Default::default() };
        self.ask(request, |r| {
            assert_eq!(r.status, Status::SUCCESS);
            tag_list(r.columns).unwrap()
        })
        .await
    }

    pub(super) async fn prop_list(&self, flags: RetrieveFlags, id: MinimalId) -> (Option<Vec<PropertyTag>>, Status) {
        let request =
            NspiGetPropListRequest { handle: Default::default(), flags, id, code_page: CodePage::WINDOWS_1252 };
        self.ask(request, |r| (tag_list(r.tags), r.status)).await
    }

    pub(super) async fn template(
        &self,
        flags: TemplateInfoFlags,
        kind: DisplayType,
        name: Option<&[u8]>,
        code_page: CodePage,
        locale: Lcid,
    ) -> (Option<PropertyRowBuf>, Status) {
        let request = NspiGetTemplateInfoRequest {
            handle: Default::default(),
            flags,
            display_type: kind,
            distinguished_name: name.map(Ansi),
            code_page,
            locale,
        };
        self.ask(request, |r| (row(r.row), r.status)).await
    }

    pub(super) async fn update_stat(&self, stat: Stat, delta: Option<i32>, reserved: u32) -> NspiUpdateStatResponse {
        self.ask(NspiUpdateStatRequest { stat, delta, reserved, ..Default::default() }, |r| r).await
    }

    /// With these columns; an empty list is NULL, here and below.
    pub(super) async fn props(
        &self,
        flags: RetrieveFlags,
        stat: Stat,
        columns: &[PropertyTag],
    ) -> (Option<PropertyRowBuf>, Status) {
        let request = NspiGetPropsRequest { flags, stat, columns: given(columns), ..Default::default() };
        self.ask(request, |r| (row(r.row), r.status)).await
    }

    pub(super) async fn query_rows(&self, request: NspiQueryRowsRequest<'_>) -> Table {
        self.ask(request, |r| Table { stat: r.stat, ids: None, rows: rows(r.rows), status: r.status }).await
    }

    /// Rows from where a STAT stands.
    pub(super) async fn rows_from(&self, stat: Stat, count: u32, columns: &[PropertyTag]) -> Table {
        let flags = RetrieveFlags::EPHEMERAL_IDS;
        self.query_rows(NspiQueryRowsRequest { flags, stat, count, columns: given(columns), ..Default::default() })
            .await
    }

    /// Rows of these objects.
    pub(super) async fn rows_of(&self, table: &[MinimalId], stat: Stat, columns: &[PropertyTag]) -> Table {
        self.query_rows(NspiQueryRowsRequest {
            flags: RetrieveFlags::EPHEMERAL_IDS,
            stat,
            explicit_table: Some(Multi::from(table)),
            count: u32::try_from(table.len()).unwrap(),
            columns: given(columns),
            ..Default::default()
        })
        .await
    }

    pub(super) async fn seek(
        &self,
        stat: Stat,
        target: PropertyValue<'_>,
        table: Option<&[MinimalId]>,
        columns: &[PropertyTag],
        reserved: u32,
    ) -> Table {
        let request = NspiSeekEntriesRequest {
            handle: Default::default(),
            reserved,
            stat,
            target,
            explicit_table: table.map(Into::into),
            columns: given(columns),
        };
        self.ask(request, |r| Table { stat: r.stat, ids: None, rows: rows(r.rows), status: r.status }).await
    }

    pub(super) async fn matches(&self, request: NspiGetMatchesRequest<'_>) -> Table {
        self.ask(request, |r| Table { stat: r.stat, ids: ids(r.ids), rows: rows(r.rows), status: r.status }).await
    }

    /// The objects that a restriction admits.
    pub(super) async fn filtered(&self, filter: Restriction<'_>, columns: &[PropertyTag]) -> Table {
        self.matches(matching(stat(), filter, columns)).await
    }

    pub(super) async fn resort(
        &self,
        stat: Stat,
        table: &[MinimalId],
        reserved: u32,
        out_ids: Option<&[MinimalId]>,
    ) -> Table {
        let request = NspiResortRestrictionRequest {
            stat,
            ids: table.into(),
            reserved,
            out_ids: out_ids.map(Into::into),
            ..Default::default()
        };
        self.ask(request, |r| Table { stat: r.stat, ids: ids(r.ids), rows: None, status: r.status }).await
    }

    pub(super) async fn compare(&self, stat: Stat, id1: MinimalId, id2: MinimalId, reserved: u32) -> (i32, Status) {
        let request = NspiCompareMIdsRequest { stat, id1, id2, reserved, ..Default::default() };
        self.ask(request, |r| (r.result, r.status)).await
    }

    pub(super) async fn ids_of(&self, names: &[&str], reserved: u32) -> Vec<MinimalId> {
        let names: Vec<Option<Ansi<'_>>> = names.iter().map(|name| Some(Ansi::from(*name))).collect();
        let request = NspiDNToMIdRequest { names: names[..].into(), reserved, ..Default::default() };
        self.ask(request, |r| {
            assert_eq!(r.status, Status::SUCCESS);
            ids(r.ids).unwrap()
        })
        .await
    }

    pub(super) async fn id_of(&self, name: &str) -> MinimalId {
        self.ids_of(&[name], 0).await[0]
    }

    /// The rows are one a resolved name.
    pub(super) async fn resolve(
        &self,
        stat: Stat,
        names: &[Option<&[u8]>],
        columns: &[PropertyTag],
        reserved: u32,
    ) -> Table {
        let names: Vec<Option<Ansi<'_>>> = names.iter().map(|name| name.map(Ansi)).collect();
        let columns = given(columns);
        let request =
            NspiResolveNamesRequest { stat, columns, names: names[..].into(), reserved, ..Default::default() };
        self.ask(request, |r| Table { stat, ids: ids(r.ids), rows: rows(r.rows), status: r.status }).await
    }

    pub(super) async fn resolve_w(
        &self,
        stat: Stat,
        names: &[Option<&str>],
        columns: &[PropertyTag],
        reserved: u32,
    ) -> Table {
        let names: Vec<Option<Utf16<'_>>> = names.iter().map(|name| name.map(Utf16::from)).collect();
        let columns = given(columns);
        let request =
            NspiResolveNamesWRequest { stat, columns, names: names[..].into(), reserved, ..Default::default() };
        self.ask(request, |r| Table { stat, ids: ids(r.ids), rows: rows(r.rows), status: r.status }).await
    }

    pub(super) async fn mod_props(
        &self,
        stat: Stat,
        removed: &[PropertyTag],
        values: &[PropertyValue<'_>],
        reserved: u32,
    ) -> Status {
        let row = SingleRow { values: Some(values.to_vec()), ..Default::default() };
        let request = NspiModPropsRequest { stat, removed: given(removed), row, reserved, ..Default::default() };
        self.ask(request, |r| r.status).await
    }

    pub(super) async fn mod_link(
        &self,
        flags: ModLinkFlags,
        tag: PropertyTag,
        id: MinimalId,
        entry_ids: &[&[u8]],
    ) -> Status {
        let entry_ids: Vec<Binary<'_>> = entry_ids.iter().map(|octets| Binary(Some(octets))).collect();
        let request =
            NspiModLinkAttRequest { handle: Default::default(), flags, tag, id, entry_ids: entry_ids[..].into() };
        self.ask(request, |r| r.status).await
    }
}

/// A request for what a restriction admits, however much.
pub(super) fn matching<'a>(
    stat: Stat,
    filter: Restriction<'a>,
    columns: &'a [PropertyTag],
) -> NspiGetMatchesRequest<'a> {
    NspiGetMatchesRequest { stat, filter: Some(filter), requested: 5000, columns: given(columns), ..Default::default() }
}

/// A request for what a property of an object refers to.
pub(super) fn referred(stat: Stat, tag: PropertyTag, columns: &[PropertyTag]) -> NspiGetMatchesRequest<'_> {
    NspiGetMatchesRequest {
        stat: Stat {
            sort_type: nspi_proto::nspi::SortType::DISPLAY_NAME_READ_ONLY,
            container_id: MinimalId(tag.0),
            ..stat
        },
        requested: 5000,
        columns: given(columns),
        ..Default::default()
    }
}

/// Display name, as a value to look for.
pub(super) fn name(text: &str) -> PropertyValue<'_> {
    PropertyValue::new(tags::DISPLAY_NAME, Value::from(text))
}

/// Octets of a binary value.
pub(super) fn octets(row: &PropertyRowBuf, tag: PropertyTag) -> Vec<u8> {
    match row.find(tag) {
        Some(ValueBuf::Binary(Some(octets))) => octets.to_vec(),
        other => panic!("{other:?}"),
    }
}
