/* An NSPI server of Wine's RPC runtime, for clients that are to be judged: widl's stubs and Wine's NDR engine read what a client
 * encodes. Anyone may call; two sessions are let be; a session ends with its connection by Wine's rundown.
 *
 *     server.exe     prints `ready PORT`, and serves until it is killed
 *
 * People are those of ../servers/people.py. What NspiModProps has set, NspiGetProps gives back; NspiGetMatches answers with a row
 * whose display name is the restriction, as JSON. */

#include <atomic>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "values.hpp"

namespace {

const std::vector<std::string> NAMES = {"Alice Adams", "Žofie Ångström", "山田 太郎", "ليلى الحداد", "Walter Weiße\u0301"};
constexpr DWORD DISPLAY_NAME = 0x3001001F;
constexpr LONG SUCCESS = 0, UNBOUND = 1;
constexpr LONG LOGON_FAILED = static_cast<LONG>(0x80040111), NOT_SUPPORTED = static_cast<LONG>(0x80040102);
constexpr DWORD UNRESOLVED = 0, RESOLVED = 2;
constexpr int CAP = 2;

/* What NspiModProps has set in it. A context's calls come one after another. */
struct Session {
    std::vector<std::pair<DWORD, json>> changed;
};
std::atomic<int> sessions;

/* A column of somebody's row. */
PropertyValue_r column(DWORD tag, std::size_t person) {
    return make_value(tag, tag == DISPLAY_NAME ? NAMES[person] : "person" + std::to_string(person));
}

void fill_row(PropertyRow_r &row, DWORD count) {
    row.cValues = count;
    row.lpProps = allocate_array<PropertyValue_r>(count);
}

PropertyRowSet_r *make_rows(std::size_t count) {
    auto *rows = static_cast<PropertyRowSet_r *>(allocate(sizeof(PropertyRowSet_r) + count * sizeof(PropertyRow_r)));
    rows->cRows = static_cast<DWORD>(count);
    return rows;
}

PropertyRowSet_r *rows_of(const std::vector<std::size_t> &people, const PropertyTagArray_r *tags) {
    auto *rows = make_rows(people.size());
    for (std::size_t i = 0; i < people.size(); i++) {
        fill_row(rows->aRow[i], tags->cValues);
        for (DWORD place = 0; place < tags->cValues; place++) {
            rows->aRow[i].lpProps[place] = column(tags->aulPropTag[place], people[i]);
        }
    }
    return rows;
}

void positioned(STAT_r *stat, DWORD place) {
    stat->Delta = 0;
    stat->NumPos = place;
    stat->TotalRecs = static_cast<DWORD>(NAMES.size());
}

}

extern "C" {

void __RPC_USER NSPI_HANDLE_rundown(NSPI_HANDLE handle) {
    delete static_cast<Session *>(handle);
    sessions--;
}

LONG NspiBind(DWORD, STAT_r *, FlatUID_r *guid, NSPI_HANDLE *handle) {
    *handle = nullptr;
    if (++sessions > CAP) {
        sessions--;
        return LOGON_FAILED;
    }
    if (guid != nullptr) {
        *guid = FlatUID_r{{1, 2, 3}};
    }
    *handle = new Session;
    return SUCCESS;
}

DWORD NspiUnbind(NSPI_HANDLE *handle, DWORD) {
    NSPI_HANDLE_rundown(*handle);
    *handle = nullptr;
    return UNBOUND;
}

LONG NspiUpdateStat(NSPI_HANDLE, DWORD, STAT_r *stat, LONG *delta) {
    if (delta != nullptr) {
        *delta = stat->Delta;
    }
    positioned(stat, static_cast<DWORD>(stat->Delta));
    return SUCCESS;
}

LONG NspiQueryRows(NSPI_HANDLE, DWORD, STAT_r *stat, DWORD, DWORD *, DWORD count, PropertyTagArray_r *tags, PropertyRowSet_r **rows) {
    std::vector<std::size_t> people;
    while (people.size() < count && people.size() < NAMES.size()) {
        people.push_back(people.size());
    }
    positioned(stat, static_cast<DWORD>(people.size()));
    *rows = rows_of(people, tags);
    return SUCCESS;
}

LONG NspiResolveNamesW(
    NSPI_HANDLE, DWORD, STAT_r *, PropertyTagArray_r *tags, WStringsArray_r *names, PropertyTagArray_r **ids, PropertyRowSet_r **rows
) {
    json outcomes = json::array();
    std::vector<std::size_t> people;
    for (DWORD i = 0; i < names->Count; i++) {
        std::string name = names->Strings[i] == nullptr ? "?" : narrow(names->Strings[i]);
        std::size_t person = 0;
        while (person < NAMES.size() && NAMES[person].compare(0, name.size(), name) != 0) {
            person++;
        }
        bool found = person < NAMES.size();
        outcomes.push_back(found ? RESOLVED : UNRESOLVED);
        if (found) {
            people.push_back(person);
        }
    }
    *ids = make_tags(outcomes);
    *rows = rows_of(people, tags);
    return SUCCESS;
}

LONG NspiModProps(NSPI_HANDLE handle, DWORD, STAT_r *, PropertyTagArray_r *, PropertyRow_r *row) {
    auto &changed = static_cast<Session *>(handle)->changed;
    changed.clear();
    for (DWORD i = 0; i < row->cValues; i++) {
        const PropertyValue_r &value = row->lpProps[i];
        changed.emplace_back(static_cast<DWORD>(value.PropId) << 16 | value.PropType, plain(value));
    }
    return SUCCESS;
}

LONG NspiGetProps(NSPI_HANDLE handle, DWORD, STAT_r *, PropertyTagArray_r *, PropertyRow_r **row) {
    auto &changed = static_cast<Session *>(handle)->changed;
    *row = allocate_array<PropertyRow_r>(1);
    fill_row(**row, static_cast<DWORD>(changed.size()));
    for (std::size_t i = 0; i < changed.size(); i++) {
        (*row)->lpProps[i] = make_value(changed[i].first, changed[i].second);
    }
    return SUCCESS;
}

LONG NspiGetMatches(
    NSPI_HANDLE, DWORD, STAT_r *, PropertyTagArray_r *, DWORD, Restriction_r *filter, PropertyName_r *, DWORD,
    PropertyTagArray_r **ids, PropertyTagArray_r *, PropertyRowSet_r **rows
) {
    *ids = make_tags(json::array({0x10}));
    *rows = make_rows(1);
    fill_row((*rows)->aRow[0], 1);
    (*rows)->aRow[0].lpProps[0] = make_value(DISPLAY_NAME, plain(filter).dump());
    return SUCCESS;
}

/* What is not needed: outputs are NULL, since the stubs cleared them. */
LONG NspiSeekEntries(NSPI_HANDLE, DWORD, STAT_r *, PropertyValue_r *, PropertyTagArray_r *, PropertyTagArray_r *, PropertyRowSet_r **) { return NOT_SUPPORTED; }
LONG NspiResortRestriction(NSPI_HANDLE, DWORD, STAT_r *, PropertyTagArray_r *, PropertyTagArray_r **) { return NOT_SUPPORTED; }
LONG NspiDNToMId(NSPI_HANDLE, DWORD, StringsArray_r *, PropertyTagArray_r **) { return NOT_SUPPORTED; }
LONG NspiGetPropList(NSPI_HANDLE, DWORD, DWORD, DWORD, PropertyTagArray_r **) { return NOT_SUPPORTED; }
LONG NspiCompareMIds(NSPI_HANDLE, DWORD, STAT_r *, DWORD, DWORD, LONG *) { return NOT_SUPPORTED; }
LONG NspiGetSpecialTable(NSPI_HANDLE, DWORD, STAT_r *, DWORD *, PropertyRowSet_r **) { return NOT_SUPPORTED; }
LONG NspiGetTemplateInfo(NSPI_HANDLE, DWORD, DWORD, char *, DWORD, DWORD, PropertyRow_r **) { return NOT_SUPPORTED; }
LONG NspiModLinkAtt(NSPI_HANDLE, DWORD, DWORD, DWORD, BinaryArray_r *) { return NOT_SUPPORTED; }
void Opnum15NotUsedOnWire(void) { RpcRaiseException(RPC_S_PROCNUM_OUT_OF_RANGE); }
LONG NspiQueryColumns(NSPI_HANDLE, DWORD, DWORD, PropertyTagArray_r **) { return NOT_SUPPORTED; }
LONG NspiGetNamesFromIDs(NSPI_HANDLE, DWORD, FlatUID_r *, PropertyTagArray_r *, PropertyTagArray_r **, PropertyNameSet_r **) { return NOT_SUPPORTED; }
LONG NspiGetIDsFromNames(NSPI_HANDLE, DWORD, DWORD, DWORD, PropertyName_r **, PropertyTagArray_r **) { return NOT_SUPPORTED; }
LONG NspiResolveNames(NSPI_HANDLE, DWORD, STAT_r *, PropertyTagArray_r *, StringsArray_r *, PropertyTagArray_r **, PropertyRowSet_r **) { return NOT_SUPPORTED; }
}

/* The port that the runtime has chosen. */
static std::string endpoint() {
    RPC_BINDING_VECTOR *bindings;
    RPC_WSTR binding, endpoint;
    check(RpcServerInqBindings(&bindings));
    check(RpcBindingToStringBindingW(bindings->BindingH[0], &binding));
    check(RpcStringBindingParseW(binding, nullptr, nullptr, nullptr, &endpoint, nullptr));
    return narrow(reinterpret_cast<wchar_t *>(endpoint));
}

int main() {
    auto protocol = reinterpret_cast<RPC_WSTR>(wide("ncacn_ip_tcp"));
    check(RpcServerUseProtseqW(protocol, RPC_C_PROTSEQ_MAX_REQS_DEFAULT, nullptr));
    check(RpcServerRegisterIf(nspi_v56_0_s_ifspec, nullptr, nullptr));
    check(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE));
    std::printf("ready %s\n", endpoint().c_str());
    std::fflush(stdout);
    check(RpcMgmtWaitServerListen());
}
