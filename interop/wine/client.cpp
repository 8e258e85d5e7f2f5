/* NSPI as a program for Windows asks for it: by the RPC runtime's public functions, and stubs that widl makes of nspi.idl. Commands
 * and answers are lines of JSON, as ../clients/commands.py says. */

#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "target_name.hpp"
#include "values.hpp"

namespace {

const std::map<std::string, DWORD> LEVELS = {
    {"none", RPC_C_AUTHN_LEVEL_NONE}, {"connect", RPC_C_AUTHN_LEVEL_CONNECT}, {"packet", RPC_C_AUTHN_LEVEL_PKT},
    {"integrity", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY}, {"privacy", RPC_C_AUTHN_LEVEL_PKT_PRIVACY},
};
const std::map<std::string, DWORD> MECHANISMS = {
    {"ntlm", RPC_C_AUTHN_WINNT}, {"kerberos", RPC_C_AUTHN_GSS_KERBEROS}, {"negotiate", RPC_C_AUTHN_GSS_NEGOTIATE},
    {"negotiate-kerberos", RPC_C_AUTHN_GSS_NEGOTIATE}, /* what there are tickets for, Wine does by Kerberos */
};

/* What the runtime makes of faults, rejections, and connections that end. */
json refusal(RPC_STATUS status) {
    switch (status) {
    case ERROR_INVALID_HANDLE: return {{"fault", 0x1C00001A}}; /* nca_s_fault_context_mismatch */
    case RPC_S_PROCNUM_OUT_OF_RANGE: return {{"fault", 0x1C010002}}; /* nca_s_op_rng_error */
    case ERROR_ACCESS_DENIED: case RPC_S_SEC_PKG_ERROR: case RPC_X_BAD_STUB_DATA: return {{"fault", status}};
    case RPC_S_UNKNOWN_IF: case RPC_S_UNSUPPORTED_TRANS_SYN: return {{"rejected", status}};
    case RPC_S_SERVER_UNAVAILABLE: case RPC_S_CALL_FAILED: case RPC_S_CALL_FAILED_DNE: case EPT_S_NOT_REGISTERED:
        return {{"closed", "RPC status " + std::to_string(status)}};
    default: return {{"error", "RPC status " + std::to_string(status)}};
    }
}

std::vector<RPC_BINDING_HANDLE> connections;

RPC_BINDING_HANDLE connection(const json &command) {
    return connections.at(command["connection"].get<std::size_t>());
}

/* The handle of a command, in the runtime's hands while a call is made: a context belongs to the binding that it was made by. */
class Context {
  public:
    explicit Context(const json &command) {
        auto wire = octets(command["handle"].get<std::string>());
        wire.resize(20);
        NDR_CCONTEXT context = nullptr;
        RPC_BINDING_HANDLE binding = connection(command);
        guarded([&] { return NDRCContextUnmarshall(&context, binding, wire.data(), NDR_LOCAL_DATA_REPRESENTATION), 0; });
        handle = context;
    }
    Context(const Context &) = delete;
    ~Context() {
        if (handle != nullptr) {
            RpcSsDestroyClientContext(&handle);
        }
    }

    NSPI_HANDLE handle = nullptr;
};

/* As the server sent it. */
std::string wire(NSPI_HANDLE handle) {
    unsigned char octets[20] = {};
    if (handle != nullptr) {
        NDRCContextMarshall(static_cast<NDR_CCONTEXT>(handle), octets);
    }
    return hexadecimal(octets, sizeof octets);
}

/* A binding; the runtime connects with the first call, and asks the endpoint mapper where no port is given. */
json open(const json &command) {
    auto text = [&](const char *name) { return reinterpret_cast<RPC_WSTR>(wide(command.value(name, std::string()))); };
    auto length = [](RPC_WSTR text) { return static_cast<unsigned long>(wcslen(reinterpret_cast<wchar_t *>(text))); };
    auto address = reinterpret_cast<RPC_WSTR>(wide(command.value("host", "127.0.0.1")));
    auto protocol = reinterpret_cast<RPC_WSTR>(wide("ncacn_ip_tcp"));
    auto endpoint = command["port"].is_null() ? nullptr : reinterpret_cast<RPC_WSTR>(wide(std::to_string(command["port"].get<int>())));
    RPC_WSTR string_binding;
    check(RpcStringBindingComposeW(nullptr, protocol, address, endpoint, nullptr, &string_binding));
    RPC_BINDING_HANDLE binding;
    check(RpcBindingFromStringBindingW(string_binding, &binding));
    RpcStringFreeW(&string_binding);

    DWORD level = LEVELS.at(command["level"]);
    if (level != RPC_C_AUTHN_LEVEL_NONE) {
        RPC_WSTR user = text("user"), domain = text("domain"), password = text("password");
        SEC_WINNT_AUTH_IDENTITY_W identity = {
            user, length(user), domain, length(domain), password, length(password), SEC_WINNT_AUTH_IDENTITY_UNICODE
        };
        RPC_WSTR target = nullptr;
        if (command["target"].is_string()) {
            target = reinterpret_cast<RPC_WSTR>(wide("host/" + command["target"].get<std::string>()));
            repeat_target_name();
        }
        DWORD mechanism = MECHANISMS.at(command["mechanism"]);
        check(RpcBindingSetAuthInfoW(binding, target, level, mechanism, &identity, RPC_C_AUTHZ_NONE));
    }
    connections.push_back(binding);
    return {{"connection", connections.size() - 1}, {"group", 0}};
}

json bind(const json &command) {
    nspi_binding = connection(command);
    auto *stat = make_stat({{"CodePage", command.value("code_page", 1252)}});
    auto *guid = allocate_array<FlatUID_r>(1);
    NSPI_HANDLE handle = nullptr;
    DWORD status = guarded([&] { return NspiBind(0, stat, guid, &handle); });
    /* The stub leaves its argument alone when the answer is NULL. */
    bool told = status == 0;
    std::string octets = wire(handle);
    if (handle != nullptr) {
        RpcSsDestroyClientContext(&handle);
    }
    return {{"status", status}, {"guid", told ? json(hexadecimal(guid->ab, sizeof guid->ab)) : json()}, {"handle", octets}};
}

json unbind(const json &command) {
    Context context(command);
    DWORD status = guarded([&] { return NspiUnbind(&context.handle, 0); });
    return {{"status", status}, {"handle", wire(context.handle)}};
}

json update_stat(const json &command) {
    Context context(command);
    auto *stat = make_stat(command["stat"]);
    LONG delta = 0;
    DWORD status = guarded([&] { return NspiUpdateStat(context.handle, 0, stat, &delta); });
    return {{"status", status}, {"stat", plain(*stat)}, {"delta", delta}};
}

json query_rows(const json &command) {
    Context context(command);
    auto *stat = make_stat(command["stat"]);
    auto *table = make_tags(command.value("table", json()));
    auto *tags = make_tags(command["tags"]);
    DWORD count = command["count"];
    PropertyRowSet_r *rows = nullptr;
    DWORD status = guarded([&] {
        return NspiQueryRows(
            context.handle, 0, stat, table ? table->cValues : 0, table ? table->aulPropTag : nullptr, count, tags, &rows
        );
    });
    return {{"status", status}, {"stat", plain(*stat)}, {"rows", plain(rows)}};
}

json seek(const json &command) {
    Context context(command);
    auto *stat = make_stat(command["stat"]);
    PropertyValue_r target = make_value(0x3001001F, command["target"]);
    auto *table = make_tags(command.value("table", json()));
    auto *tags = make_tags(command.value("tags", json()));
    PropertyRowSet_r *rows = nullptr;
    DWORD status = guarded([&] { return NspiSeekEntries(context.handle, 0, stat, &target, table, tags, &rows); });
    return {{"status", status}, {"stat", plain(*stat)}, {"rows", plain(rows)}};
}

json matches(const json &command) {
    Context context(command);
    auto *stat = make_stat(command["stat"]);
    auto *filter = make_restriction(command["filter"]);
    auto *tags = make_tags(command.value("tags", json()));
    DWORD requested = command["requested"];
    PropertyTagArray_r *ids = nullptr;
    PropertyRowSet_r *rows = nullptr;
    DWORD status = guarded([&] {
        return NspiGetMatches(context.handle, 0, stat, nullptr, 0, filter, nullptr, requested, &ids, tags, &rows);
    });
    return {{"status", status}, {"stat", plain(*stat)}, {"ids", plain(ids)}, {"rows", plain(rows)}};
}

json resort(const json &command) {
    Context context(command);
    auto *stat = make_stat(command["stat"]);
    auto *table = make_tags(command["table"]);
    PropertyTagArray_r *ids = nullptr;
    DWORD status = guarded([&] { return NspiResortRestriction(context.handle, 0, stat, table, &ids); });
    return {{"status", status}, {"stat", plain(*stat)}, {"ids", plain(ids)}};
}

json ids(const json &command) {
    Context context(command);
    auto *names = make_strings(command["names"]);
    PropertyTagArray_r *ids = nullptr;
    DWORD status = guarded([&] { return NspiDNToMId(context.handle, 0, names, &ids); });
    return {{"status", status}, {"ids", plain(ids)}};
}

json prop_list(const json &command) {
    Context context(command);
    DWORD flags = command.value("flags", 0), id = command["id"], code_page = command["code_page"];
    PropertyTagArray_r *tags = nullptr;
    DWORD status = guarded([&] { return NspiGetPropList(context.handle, flags, id, code_page, &tags); });
    return {{"status", status}, {"tags", plain(tags)}};
}

json props(const json &command) {
    Context context(command);
    auto *stat = make_stat(command["stat"]);
    auto *tags = make_tags(command.value("tags", json()));
    DWORD flags = command.value("flags", 0);
    PropertyRow_r *row = nullptr;
    DWORD status = guarded([&] { return NspiGetProps(context.handle, flags, stat, tags, &row); });
    return {{"status", status}, {"row", plain(row)}};
}

json compare(const json &command) {
    Context context(command);
    auto *stat = make_stat(command["stat"]);
    DWORD one = command["one"], other = command["other"];
    LONG result = 0;
    DWORD status = guarded([&] { return NspiCompareMIds(context.handle, 0, stat, one, other, &result); });
    return {{"status", status}, {"result", result}};
}

/* Sets one property. */
json mod_props(const json &command) {
    Context context(command);
    auto *stat = make_stat(command["stat"]);
    DWORD tag = command["tag"];
    auto *tags = make_tags(json::array({tag}));
    PropertyValue_r value = make_value(tag, command["value"]);
    PropertyRow_r row = {0, 1, &value};
    return {{"status", static_cast<DWORD>(guarded([&] { return NspiModProps(context.handle, 0, stat, tags, &row); }))}};
}

json special_table(const json &command) {
    Context context(command);
    auto *stat = make_stat(json::object());
    DWORD flags = command["flags"], version = command.value("version", 0);
    PropertyRowSet_r *rows = nullptr;
    DWORD status = guarded([&] { return NspiGetSpecialTable(context.handle, flags, stat, &version, &rows); });
    return {{"status", status}, {"version", version}, {"rows", plain(rows)}};
}

json template_info(const json &command) {
    Context context(command);
    DWORD flags = command["flags"], type = command["type"], locale = command.value("locale", 1033);
    PropertyRow_r *row = nullptr;
    DWORD status = guarded([&] { return NspiGetTemplateInfo(context.handle, flags, type, nullptr, 1252, locale, &row); });
    return {{"status", status}, {"row", plain(row)}};
}

json mod_link_att(const json &command) {
    Context context(command);
    DWORD flags = command.value("flags", 0), tag = command["tag"], id = command["id"];
    auto *entries = make_binaries(command["entry_ids"]);
    return {{"status", static_cast<DWORD>(guarded([&] { return NspiModLinkAtt(context.handle, flags, tag, id, entries); }))}};
}

json query_columns(const json &command) {
    Context context(command);
    DWORD flags = command["flags"];
    PropertyTagArray_r *tags = nullptr;
    DWORD status = guarded([&] { return NspiQueryColumns(context.handle, 0, flags, &tags); });
    return {{"status", status}, {"tags", plain(tags)}};
}

/* Of any property set; names are numbers here. */
json names_from_ids(const json &command) {
    Context context(command);
    auto *tags = make_tags(command["tags"]);
    PropertyTagArray_r *returned = nullptr;
    PropertyNameSet_r *names = nullptr;
    DWORD status = guarded([&] { return NspiGetNamesFromIDs(context.handle, 0, nullptr, tags, &returned, &names); });
    return {{"status", status}, {"tags", plain(returned)}, {"names", plain(names)}};
}

/* Of no property set; names are numbers here. */
json ids_from_names(const json &command) {
    Context context(command);
    auto count = static_cast<DWORD>(command["names"].size());
    auto **names = allocate_array<PropertyName_r *>(count);
    for (DWORD i = 0; i < count; i++) {
        names[i] = allocate_array<PropertyName_r>(1);
        names[i]->lID = command["names"][i];
    }
    PropertyTagArray_r *tags = nullptr;
    DWORD status = guarded([&] { return NspiGetIDsFromNames(context.handle, 0, 0, count, names, &tags); });
    return {{"status", status}, {"tags", plain(tags)}};
}

json resolve(const json &command) {
    Context context(command);
    auto *stat = make_stat(command["stat"]);
    auto *tags = make_tags(command["tags"]);
    PropertyTagArray_r *ids = nullptr;
    PropertyRowSet_r *rows = nullptr;
    DWORD status;
    if (command.value("wide", true)) {
        auto *names = make_wide_strings(command["names"]);
        status = guarded([&] { return NspiResolveNamesW(context.handle, 0, stat, tags, names, &ids, &rows); });
    } else {
        auto *names = make_strings(command["names"]);
        status = guarded([&] { return NspiResolveNames(context.handle, 0, stat, tags, names, &ids, &rows); });
    }
    return {{"status", status}, {"ids", plain(ids)}, {"rows", plain(rows)}};
}

/* The operation number that is not used. */
json opnum15(const json &command) {
    nspi_binding = connection(command);
    guarded([] { return Opnum15NotUsedOnWire(), 0; });
    return json::object();
}

/* Frees the binding: the runtime closes its connection when nothing else uses that. */
json close(const json &command) {
    check(RpcBindingFree(&connections.at(command["connection"].get<std::size_t>())));
    return json::object();
}

const std::map<std::string, std::function<json(const json &)>> COMMANDS = {
    {"open", open}, {"bind", bind}, {"unbind", unbind}, {"update_stat", update_stat}, {"query_rows", query_rows}, {"seek", seek},
    {"matches", matches}, {"resort", resort}, {"ids", ids}, {"prop_list", prop_list}, {"props", props}, {"compare", compare},
    {"mod_props", mod_props}, {"special_table", special_table}, {"template", template_info}, {"mod_link_att", mod_link_att},
    {"query_columns", query_columns}, {"names_from_ids", names_from_ids}, {"ids_from_names", ids_from_names},
    {"resolve", resolve}, {"opnum15", opnum15}, {"close", close},
};

json answer(const std::string &line) {
    try {
        json command = json::parse(line);
        return {{"returned", COMMANDS.at(command["do"])(command)}};
    } catch (const RpcRefusal &refused) {
        return refusal(refused.status);
    } catch (const std::exception &error) {
        return {{"error", error.what()}};
    }
}

}

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        std::cout << answer(line) << std::endl;
        release_all();
    }
}
