//! The presentation contexts of one connection: what was agreed to talk about, and in which encoding [C706 12.6.4.4].

use alloc::vec::Vec;

use super::super::bind::{ContextElement, ContextResult, RejectReason};
use super::super::interface::{BindTimeFeatures, ContextId, InterfaceId, TransferSyntaxId};

/// An interface that a server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The interface; clients of a lower minor version are served too.
    pub interface: InterfaceId,
    /// The transfer syntaxes that it can be called in, best first.
    pub transfer_syntaxes: Vec<TransferSyntaxId>,
}

impl Offer {
    /// An interface in NDR 2.0 only.
    #[must_use]
    pub fn ndr20(interface: InterfaceId) -> Self {
        Self { interface, transfer_syntaxes: [TransferSyntaxId::NDR20].into() }
    }

    /// An interface in NDR 2.0, and in NDR64 for clients that offer nothing else.
    #[must_use]
    pub fn ndr20_or_ndr64(interface: InterfaceId) -> Self {
        Self { interface, transfer_syntaxes: [TransferSyntaxId::NDR20, TransferSyntaxId::NDR64].into() }
    }

    /// An interface in NDR64, and in NDR 2.0 for clients that offer nothing else: as Windows of 64 bits.
    #[must_use]
    pub fn ndr64_or_ndr20(interface: InterfaceId) -> Self {
        Self { interface, transfer_syntaxes: [TransferSyntaxId::NDR64, TransferSyntaxId::NDR20].into() }
    }
}

/// One accepted presentation context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) id: ContextId,
    /// As the server offers it; the client may have asked for a lower minor version.
    pub(super) interface: InterfaceId,
    /// As the client asked for it.
    pub(super) wanted: InterfaceId,
    pub(super) syntax: TransferSyntaxId,
    /// Which of the transfer syntaxes of the server's offer the client proposed, a bit each. Only a server looks at it.
    pub(super) proposed: u32,
}

impl Accepted {
    /// The proposal that leads to this context, and to no other.
    pub(super) fn element(&self) -> ContextElement {
        ContextElement { id: self.id, interface: self.wanted, transfer_syntaxes: [self.syntax].into() }
    }
}

/// All accepted presentation contexts of a connection.
#[derive(Debug)]
pub(super) struct Presentation {
    accepted: Vec<Accepted>,
    limit: usize,
}

/// A list of contexts that cannot be answered context by context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

impl Presentation {
    pub(super) fn new(limit: usize) -> Self {
        Self { accepted: Vec::new(), limit }
    }

    pub(super) fn find(&self, id: ContextId) -> Option<&Accepted> {
        self.accepted.iter().find(|accepted| accepted.id == id)
    }

    pub(super) fn first(&self) -> Option<&Accepted> {
        self.accepted.first()
    }

    /// Remembers what a server accepted. A context that is there already is replaced.
    pub(super) fn accept(&mut self, new: Accepted) {
        self.accepted.retain(|old| old.id != new.id);
        if self.accepted.len() < self.limit {
            self.accepted.push(new);
        }
    }

    /// Answers each proposed context, in order. Of several contexts for one interface one is accepted, in the best
    /// transfer syntax that any of them has, as Windows does; even one that is there already is rejected beside it,
    /// and stays.
    ///
    /// `features`: in a bind, what this server can do; the first context that offers features is answered with what
    /// both can [MS-RPCE 3.3.1.5.3].
    pub(super) fn negotiate(
        &mut self,
        offers: &[Offer],
        proposed: &[ContextElement],
        features: Option<BindTimeFeatures>,
    ) -> Result<Vec<ContextResult>, Malformed> {
        let mut results = Vec::with_capacity(proposed.len());
        let mut features_answered = false;
        for (index, element) in proposed.iter().enumerate() {
            let first = element.transfer_syntaxes.first().ok_or(Malformed)?;
            let result = match (first.features(), features) {
                (Some(_), Some(_)) if features_answered => return Err(Malformed),
                (Some(theirs), Some(ours)) => {
                    features_answered = true;
                    ContextResult::negotiated(theirs & ours)
                }
                _ => match offers.iter().find(|offer| offer.interface.serves(&element.interface)) {
                    None => ContextResult::rejected(RejectReason::ABSTRACT_SYNTAX_NOT_SUPPORTED),
                    Some(offer) => self.negotiate_one(offer, proposed, index, element)?,
                },
            };
            results.push(result);
        }
        Ok(results)
    }

    fn negotiate_one(
        &mut self,
        offer: &Offer,
        proposed: &[ContextElement],
        index: usize,
        element: &ContextElement,
    ) -> Result<ContextResult, Malformed> {
        let rivals = proposed.iter().enumerate().filter(|(_, rival)| rival.interface == element.interface);
        let winner = offer.transfer_syntaxes.iter().find_map(|&syntax| {
            let (winner, _) = rivals.clone().find(|(_, rival)| rival.transfer_syntaxes.contains(&syntax))?;
            Some((winner, syntax))
        });
        if let Some((_, syntax)) = winner.filter(|&(winner, _)| winner == index) {
            return self.take(offer, element, syntax);
        }
        Ok(ContextResult::rejected(RejectReason::TRANSFER_SYNTAXES_NOT_SUPPORTED))
    }

    /// Accepts a context, unless there is one of that name for another interface or in another encoding. It may be
    /// proposed again, but not with a transfer syntax that is new to it: Windows takes that for an attempt to change it.
    fn take(
        &mut self,
        offer: &Offer,
        element: &ContextElement,
        syntax: TransferSyntaxId,
    ) -> Result<ContextResult, Malformed> {
        let (interface, wanted) = (offer.interface, element.interface);
        let proposed = offer.transfer_syntaxes.iter().zip(0..u32::BITS);
        let proposed = proposed.filter(|(syntax, _)| element.transfer_syntaxes.contains(syntax));
        let proposed = proposed.fold(0, |bits, (_, bit)| bits | 1 << bit);
        match self.find(element.id) {
            Some(known) if known.wanted == wanted && known.syntax == syntax && proposed & !known.proposed == 0 => {
                Ok(ContextResult::accepted(syntax))
            }
            Some(_) => Err(Malformed),
            None if self.accepted.len() >= self.limit => {
                Ok(ContextResult::rejected(RejectReason::LOCAL_LIMIT_EXCEEDED))
            }
            None => {
                self.accepted.push(Accepted { id: element.id, interface, wanted, syntax, proposed });
                Ok(ContextResult::accepted(syntax))
            }
        }
    }
}
