//! The endpoint map itself: what is registered, and the answers it gives. Pure: no sockets, no randomness.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use uuid::Uuid;

use super::{
    ANNOTATION_LIMIT, EptEntry, EptLookupHandleFreeRequest, EptLookupHandleFreeResponse, EptLookupRequest,
    EptLookupResponse, EptMapRequest, EptMapResponse, InquiryType, Request, Response, Route, Status,
};
use crate::ndr::{ContextHandle, DecodeError};

/// What a server tells about its endpoints.
///
/// ```
/// use core::net::Ipv4Addr;
/// use nspi_proto::dcerpc::{InterfaceId, TransferSyntaxId};
/// use nspi_proto::epm::{EndpointMap, EptEntry, EptMapRequest, Inquiries, Tower};
/// use uuid::{Uuid, uuid};
///
/// let nspi = InterfaceId::new(uuid!("f5cc5a18-4264-101a-8c59-08002b2f8426"), 56, 0);
/// let mut map = EndpointMap::new();
/// map.register(EptEntry {
///     object: Uuid::nil(),
///     tower: Tower::tcp(nspi, TransferSyntaxId::NDR20, "0.0.0.0:6002".parse()?),
///     annotation: b"NSPI".to_vec(),
/// })?;
///
/// let asked = EptMapRequest::tcp(nspi, TransferSyntaxId::NDR20);
/// let here = Ipv4Addr::new(10, 0, 0, 1); // the address that the client reached us at
/// let answer = map.map(&asked, here, &mut Inquiries::new(16), Uuid::nil)?;
/// assert_eq!(answer.towers[0].tcp_address(), Some("10.0.0.1:6002".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct EndpointMap {
    /// INVARIANT: entries are never taken out, so a position means the same entry for ever.
    entries: Vec<Registered>,
}

#[derive(Debug, Clone)]
struct Registered {
    entry: EptEntry,
    route: Route,
}

/// Why an entry cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The tower does not lead to an interface.
    #[error("the tower leads nowhere: {0}")]
    Tower(#[from] DecodeError),
    /// The annotation does not fit.
    #[error("an annotation of {len} octets is longer than {}", ANNOTATION_LIMIT - 1)]
    Annotation {
        /// Its length in octets, without NUL.
        len: usize,
    },
}

/// A handle was given that no answer here gave, or that has ended. The call's answer is the fault
/// `nca_s_fault_context_mismatch` (0x1C00001A).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no inquiry is open under {0}")]
pub struct UnknownHandle(pub ContextHandle);

/// The inquiries of one association group that have more to come: each handle's place in the map.
#[derive(Debug, Clone)]
pub struct Inquiries {
    open: BTreeMap<ContextHandle, usize>,
    limit: usize,
}

impl Inquiries {
    /// None yet, and never more than `limit` at once: past it an inquiry that would need a handle is refused with
    /// [`Status::CANT_PERFORM_OP`].
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { open: BTreeMap::new(), limit }
    }

    /// How many are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Ends an inquiry and tells where it stood; NULL is one that has not begun.
    fn take(&mut self, handle: ContextHandle) -> Result<usize, UnknownHandle> {
        if handle.is_null() { Ok(0) } else { self.open.remove(&handle).ok_or(UnknownHandle(handle)) }
    }
}

/// A part of the map that one answer holds.
struct Page<'a> {
    handle: ContextHandle,
    found: Vec<&'a EptEntry>,
    status: Status,
}

impl Page<'_> {
    fn refused(status: Status) -> Self {
        Self { handle: ContextHandle::NULL, found: Vec::new(), status }
    }
}

/// When an inquiry's handle ends. Samba's rpcclient looks up one entry at a time until it is told that there are no more,
/// and begins anew with a NULL handle; impacket's rpcdump asks for more than there are, and stops at a NULL handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// There is nothing behind the page.
    WithTheLast,
    /// The page has fewer entries than were asked for.
    WithAPageNotFull,
}

impl EndpointMap {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry; one of the same object and tower is replaced.
    ///
    /// # Errors
    /// If the tower leads nowhere or the annotation is too long.
    pub fn register(&mut self, entry: EptEntry) -> Result<(), RegisterError> {
        let len = entry.annotation.len();
        if u32::try_from(len).is_ok_and(|len| len < ANNOTATION_LIMIT) {
            let new = Registered { route: entry.tower.route()?, entry };
            let same =
                |old: &&mut Registered| (old.entry.object, &old.entry.tower) == (new.entry.object, &new.entry.tower);
            match self.entries.iter_mut().find(same) {
                Some(old) => *old = new,
                None => self.entries.push(new),
            }
            Ok(())
        } else {
            Err(RegisterError::Annotation { len })
        }
    }

    /// The entries in the order in which they were registered.
    pub fn entries(&self) -> impl Iterator<Item = &EptEntry> {
        self.entries.iter().map(|registered| &registered.entry)
    }

    /// Answers any call.
    ///
    /// `here` is the address at which the client reached the server; towers whose host is 0.0.0.0 are answered with
    /// it. `fresh` makes the name of a new handle, random and never nil; it is called only if one is needed.
    ///
    /// # Errors
    /// If the call's handle is not open in `inquiries`.
    pub fn answer(
        &self,
        request: &Request,
        here: Ipv4Addr,
        inquiries: &mut Inquiries,
        fresh: impl FnOnce() -> Uuid,
    ) -> Result<Response, UnknownHandle> {
        match request {
            Request::Lookup(request) => self.lookup(request, here, inquiries, fresh).map(Response::Lookup),
            Request::Map(request) => self.map(request, here, inquiries, fresh).map(Response::Map),
            Request::LookupHandleFree(request) => {
                Self::lookup_handle_free(*request, inquiries).map(Response::LookupHandleFree)
            }
        }
    }

    /// [C706 Appendix O] `ept_map`: the towers that [serve](Route::serves) the one asked for. An entry without an
    /// object serves all objects, one with an object only that.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn map(
        &self,
        request: &EptMapRequest,
        here: Ipv4Addr,
        inquiries: &mut Inquiries,
        fresh: impl FnOnce() -> Uuid,
    ) -> Result<EptMapResponse, UnknownHandle> {
        let object = request.object.unwrap_or_default();
        // A tower that leads nowhere is served by nothing.
        let asked = request.map_tower.as_ref().and_then(|tower| tower.route().ok());
        let wanted = |registered: &Registered| {
            let fits = registered.entry.object.is_nil() || registered.entry.object == object;
            fits && asked.as_ref().is_some_and(|asked| registered.route.serves(asked))
        };
        let page = self.page(request.entry_handle, request.max_towers, Ends::WithTheLast, wanted, inquiries, fresh)?;
        Ok(EptMapResponse {
            entry_handle: page.handle,
            max_towers: request.max_towers,
            towers: page.found.iter().map(|entry| entry.tower.at(here)).collect(),
            status: page.status,
        })
    }

    /// [MS-RPCE 2.2.1.2.4] `ept_lookup`: the entries of the inquiry, `max_entries` at a time. The handle is NULL after a
    /// page that is not full. A full one may be the last, too: then the next has no entries, and says so.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    ///
    /// [MS-RPCE 2.2.1.2.4]: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rpce/86fc67d3-f44c-4a14-afeb-1e46048841c5
    pub fn lookup(
        &self,
        request: &EptLookupRequest,
        here: Ipv4Addr,
        inquiries: &mut Inquiries,
        fresh: impl FnOnce() -> Uuid,
    ) -> Result<EptLookupResponse, UnknownHandle> {
        let by_object = |registered: &Registered| registered.entry.object == request.object.unwrap_or_default();
        let by_interface = |registered: &Registered| {
            let admits = |asked| request.version_option.admits(registered.route.interface, asked);
            request.interface.and_then(admits).unwrap_or(false)
        };
        let named = request.interface.is_some_and(|asked| request.version_option.admits(asked, asked).is_some());
        let (handle, max) = (request.entry_handle, request.max_entries);
        let ends = Ends::WithAPageNotFull;
        let page = match request.inquiry_type {
            InquiryType::ALL => self.page(handle, max, ends, |_| true, inquiries, fresh)?,
            InquiryType::BY_INTERFACE if named => self.page(handle, max, ends, by_interface, inquiries, fresh)?,
            InquiryType::BY_OBJECT => self.page(handle, max, ends, by_object, inquiries, fresh)?,
            InquiryType::BY_BOTH if named => {
                self.page(handle, max, ends, |entry| by_object(entry) && by_interface(entry), inquiries, fresh)?
            }
            _ => {
                inquiries.take(handle)?;
                Page::refused(Status::CANT_PERFORM_OP)
            }
        };
        let here = |entry: &&EptEntry| EptEntry { tower: entry.tower.at(here), ..(*entry).clone() };
        Ok(EptLookupResponse {
            entry_handle: page.handle,
            max_entries: max,
            entries: page.found.iter().map(here).collect(),
            status: page.status,
        })
    }

    /// [C706 Appendix O] `ept_lookup_handle_free`: ends an inquiry. To free NULL does nothing.
    ///
    /// # Errors
    /// If the handle is not open in `inquiries`.
    pub fn lookup_handle_free(
        request: EptLookupHandleFreeRequest,
        inquiries: &mut Inquiries,
    ) -> Result<EptLookupHandleFreeResponse, UnknownHandle> {
        inquiries.take(request.entry_handle)?;
        Ok(EptLookupHandleFreeResponse { entry_handle: ContextHandle::NULL, status: Status::OK })
    }

    /// Up to `max` entries that are `wanted`, from where the handle's inquiry stands.
    fn page(
        &self,
        handle: ContextHandle,
        max: usize,
        ends: Ends,
        wanted: impl Fn(&Registered) -> bool,
        inquiries: &mut Inquiries,
        fresh: impl FnOnce() -> Uuid,
    ) -> Result<Page<'_>, UnknownHandle> {
        let start = inquiries.take(handle)?;
        let mut rest = self.entries.iter().enumerate().skip(start).filter(|(_, registered)| wanted(registered));
        let found: Vec<_> = rest.by_ref().take(max).map(|(_, registered)| &registered.entry).collect();
        if found.is_empty() {
            return Ok(Page::refused(Status::NOT_REGISTERED));
        }
        let next = match rest.next() {
            Some((next, _)) => next,
            None if ends == Ends::WithAPageNotFull && found.len() == max => self.entries.len(),
            None => return Ok(Page { handle: ContextHandle::NULL, found, status: Status::OK }),
        };
        if inquiries.len() >= inquiries.limit {
            return Ok(Page::refused(Status::CANT_PERFORM_OP));
        }
        let handle = if handle.is_null() { ContextHandle::new(fresh()) } else { handle };
        inquiries.open.insert(handle, next);
        Ok(Page { handle, found, status: Status::OK })
    }
}
