#include "values.hpp"

#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace {

template <typename T, typename Make> T *make_array(const json &items, Make make) {
    T *array = allocate_array<T>(items.size());
    for (std::size_t i = 0; i < items.size(); i++) {
        array[i] = make(items[i]);
    }
    return array;
}

template <typename T, typename Plain> json list(DWORD count, const T *items, Plain plain) {
    json array = json::array();
    for (DWORD i = 0; i < count; i++) {
        array.push_back(plain(items[i]));
    }
    return array;
}

/* A structure that ends in an array of `count` items. */
template <typename T> T *with_items(std::size_t size_of_item, std::size_t count) {
    return static_cast<T *>(allocate(sizeof(T) + size_of_item * count));
}

char *make_string(const json &text) {
    if (text.is_null()) {
        return nullptr;
    }
    const std::string &characters = text.get_ref<const std::string &>();
    char *copy = allocate_array<char>(characters.size() + 1);
    std::memcpy(copy, characters.c_str(), characters.size());
    return copy;
}

wchar_t *make_wide_string(const json &text) {
    return text.is_null() ? nullptr : wide(text.get<std::string>());
}

Binary_r make_binary(const json &text) {
    auto content = octets(text.get<std::string>());
    BYTE *copy = allocate_array<BYTE>(content.size());
    std::copy(content.begin(), content.end(), copy);
    return {static_cast<DWORD>(content.size()), copy};
}

FlatUID_r make_uid(const json &text) {
    FlatUID_r uid{};
    auto content = octets(text.get<std::string>());
    std::copy_n(content.begin(), sizeof uid.ab, uid.ab);
    return uid;
}

FILETIME_r make_time(const json &ticks) {
    auto value = ticks.get<std::uint64_t>();
    return {static_cast<DWORD>(value), static_cast<DWORD>(value >> 32)};
}

template <typename T> T make_number(const json &number) {
    return number.get<T>();
}

template <typename T> T *single(T value) {
    T *copy = allocate_array<T>(1);
    *copy = value;
    return copy;
}

json plain(const char *text) {
    return text == nullptr ? json() : json(std::string(text));
}

json plain(const wchar_t *text) {
    return text == nullptr ? json() : json(narrow(text));
}

json plain(const Binary_r &binary) {
    return hexadecimal(binary.lpb, binary.cb);
}

json plain(const FlatUID_r &uid) {
    return hexadecimal(uid.ab, sizeof uid.ab);
}

json plain(const FILETIME_r &time) {
    return std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime;
}

}

wchar_t *wide(const std::string &text) {
    int count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.c_str(), -1, nullptr, 0);
    if (count == 0) {
        throw std::invalid_argument("text that is not UTF-8");
    }
    wchar_t *copy = allocate_array<wchar_t>(count);
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.c_str(), -1, copy, count);
    return copy;
}

std::string narrow(const wchar_t *text) {
    int count = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, nullptr, 0, nullptr, nullptr);
    if (count == 0) {
        throw std::invalid_argument("text that is not UTF-16");
    }
    std::string copy(count, '\0');
    WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, copy.data(), count, nullptr, nullptr);
    copy.pop_back(); /* the NUL */
    return copy;
}

std::vector<unsigned char> octets(const std::string &hexadecimal) {
    std::vector<unsigned char> octets;
    for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2) {
        octets.push_back(static_cast<unsigned char>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16)));
    }
    return octets;
}

std::string hexadecimal(const void *octets, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; i++) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<const unsigned char *>(octets)[i]);
        text += digits;
    }
    return text;
}

STAT_r *make_stat(const json &fields) {
    auto number = [&](const char *name, DWORD otherwise) { return fields.value(name, otherwise); };
    return single(STAT_r{
        number("SortType", 0), number("ContainerID", 0), number("CurrentRec", 0), fields.value("Delta", 0L),
        number("NumPos", 0), number("TotalRecs", 0), number("CodePage", 1252), number("TemplateLocale", 1033),
        number("SortLocale", 1033)
    });
}

PropertyTagArray_r *make_tags(const json &tags) {
    if (tags.is_null()) {
        return nullptr;
    }
    auto *array = with_items<PropertyTagArray_r>(sizeof(DWORD), tags.size() + 1);
    for (DWORD tag : tags) {
        array->aulPropTag[array->cValues++] = tag;
    }
    return array;
}

PropertyValue_r make_value(DWORD tag, const json &content) {
    PropertyValue_r property{};
    property.PropType = static_cast<unsigned short>(tag);
    property.PropId = static_cast<unsigned short>(tag >> 16);
    auto count = static_cast<DWORD>(content.size()); /* of a multiple value */
    auto &value = property.Value;
    auto pointer_to_uid = [](const json &item) { return single(make_uid(item)); };
    switch (property.PropType) {
    case 0x0001: case 0x000D: break;
    case 0x0002: value.i = content; break;
    case 0x0003: value.l = content; break;
    case 0x000A: value.err = static_cast<LONG>(content.get<DWORD>()); break;
    case 0x000B: value.b = content; break;
    case 0x001E: value.lpszA = make_string(content); break;
    case 0x001F: value.lpszW = make_wide_string(content); break;
    case 0x0040: value.ft = make_time(content); break;
    case 0x0048: value.lpguid = single(make_uid(content)); break;
    case 0x0102: value.bin = make_binary(content); break;
    case 0x1002: value.MVi = {count, make_array<short>(content, make_number<short>)}; break;
    case 0x1003: value.MVl = {count, make_array<LONG>(content, make_number<LONG>)}; break;
    case 0x101E: value.MVszA = {count, make_array<char *>(content, make_string)}; break;
    case 0x101F: value.MVszW = {count, make_array<wchar_t *>(content, make_wide_string)}; break;
    case 0x1040: value.MVft = {count, make_array<FILETIME_r>(content, make_time)}; break;
    case 0x1048: value.MVguid = {count, make_array<FlatUID_r *>(content, pointer_to_uid)}; break;
    case 0x1102: value.MVbin = {count, make_array<Binary_r>(content, make_binary)}; break;
    default: throw std::invalid_argument("a tag of a type that NSPI has not");
    }
    return property;
}

StringsArray_r *make_strings(const json &texts) {
    auto *array = with_items<StringsArray_r>(sizeof(char *), texts.size());
    for (const json &text : texts) {
        array->Strings[array->Count++] = make_string(text);
    }
    return array;
}

WStringsArray_r *make_wide_strings(const json &texts) {
    auto *array = with_items<WStringsArray_r>(sizeof(wchar_t *), texts.size());
    for (const json &text : texts) {
        array->Strings[array->Count++] = make_wide_string(text);
    }
    return array;
}

BinaryArray_r *make_binaries(const json &values) {
    return single(BinaryArray_r{static_cast<DWORD>(values.size()), make_array<Binary_r>(values, make_binary)});
}

const char *const RESTRICTIONS[] = {"and", "or", "not", "content", "property", "compare", "bits", "size", "exist", "sub"};

/* ["and"|"or", ..], ["not", one], ["content", fuzzy level, tag, value], ["property", relop, tag, value],
 * ["compare", relop, tag, tag], ["bits", relation, tag, mask], ["size", relop, tag, octets], ["exist", tag], ["sub", tag, one]. */
Restriction_r *make_restriction(const json &filter) {
    if (filter.is_null()) {
        return nullptr;
    }
    const std::string &name = filter[0].get_ref<const std::string &>();
    auto *restriction = allocate_array<Restriction_r>(1);
    while (restriction->rt < std::size(RESTRICTIONS) && name != RESTRICTIONS[restriction->rt]) {
        restriction->rt++;
    }
    auto number = [&](std::size_t place) { return filter[place].get<DWORD>(); };
    auto value = [&] { return single(make_value(number(2), filter[3])); };
    auto &arm = restriction->res;
    switch (restriction->rt) {
    case 0: case 1: {
        json children(filter.begin() + 1, filter.end());
        auto child = [](const json &one) { return *make_restriction(one); };
        arm.resAnd = {static_cast<DWORD>(children.size()), make_array<Restriction_r>(children, child)};
        break;
    }
    case 2: arm.resNot = {make_restriction(filter[1])}; break;
    case 3: arm.resContent = {number(1), number(2), value()}; break;
    case 4: arm.resProperty = {number(1), number(2), value()}; break;
    case 5: arm.resCompareProps = {number(1), number(2), number(3)}; break;
    case 6: arm.resBitMask = {number(1), number(2), number(3)}; break;
    case 7: arm.resSize = {number(1), number(2), number(3)}; break;
    case 8: arm.resExist = {0, number(1), 0}; break;
    case 9: arm.resSubRestriction = {number(1), make_restriction(filter[2])}; break;
    default: throw std::invalid_argument("no restriction is called " + name);
    }
    return restriction;
}

json plain(const PropertyValue_r &property) {
    const auto &value = property.Value;
    auto by_pointer = [](const auto *item) { return plain(*item); };
    auto as_is = [](auto number) { return json(number); };
    auto read = [](const auto &item) { return plain(item); };
    switch (property.PropType) {
    case 0x0001: case 0x000D: return value.lReserved;
    case 0x0002: return value.i;
    case 0x0003: return value.l;
    case 0x000A: return static_cast<DWORD>(value.err);
    case 0x000B: return value.b;
    case 0x001E: return plain(value.lpszA);
    case 0x001F: return plain(value.lpszW);
    case 0x0040: return plain(value.ft);
    case 0x0048: return plain(*value.lpguid);
    case 0x0102: return plain(value.bin);
    case 0x1002: return list(value.MVi.cValues, value.MVi.lpi, as_is);
    case 0x1003: return list(value.MVl.cValues, value.MVl.lpl, as_is);
    case 0x101E: return list(value.MVszA.cValues, value.MVszA.lppszA, [](const char *item) { return plain(item); });
    case 0x101F: return list(value.MVszW.cValues, value.MVszW.lppszW, [](const wchar_t *item) { return plain(item); });
    case 0x1040: return list(value.MVft.cValues, value.MVft.lpft, read);
    case 0x1048: return list(value.MVguid.cValues, value.MVguid.lpguid, by_pointer);
    case 0x1102: return list(value.MVbin.cValues, value.MVbin.lpbin, read);
    default: throw std::invalid_argument("a value of a type that NSPI has not");
    }
}

json plain(const STAT_r &stat) {
    return {
        {"SortType", stat.SortType}, {"ContainerID", stat.ContainerID}, {"CurrentRec", stat.CurrentRec},
        {"Delta", stat.Delta}, {"NumPos", stat.NumPos}, {"TotalRecs", stat.TotalRecs}, {"CodePage", stat.CodePage},
        {"TemplateLocale", stat.TemplateLocale}, {"SortLocale", stat.SortLocale},
    };
}

json plain(const PropertyTagArray_r *tags) {
    return tags == nullptr ? json() : list(tags->cValues, tags->aulPropTag, [](DWORD tag) { return json(tag); });
}

/* By property tag in hexadecimal. */
json plain(const PropertyRow_r *row) {
    if (row == nullptr) {
        return nullptr;
    }
    json values = json::object();
    for (DWORD i = 0; i < row->cValues; i++) {
        char tag[9];
        std::snprintf(tag, sizeof tag, "%04x%04x", row->lpProps[i].PropId, row->lpProps[i].PropType);
        values[tag] = plain(row->lpProps[i]);
    }
    return values;
}

json plain(const PropertyRowSet_r *rows) {
    return rows == nullptr ? json() : list(rows->cRows, rows->aRow, [](const PropertyRow_r &row) { return plain(&row); });
}

/* Their numbers. */
json plain(const PropertyNameSet_r *names) {
    return names == nullptr ? json() : list(names->cNames, names->aNames, [](const PropertyName_r &name) { return json(name.lID); });
}

json plain(const Restriction_r *filter) {
    if (filter == nullptr) {
        return nullptr;
    }
    const auto &arm = filter->res;
    auto value = [](const PropertyValue_r *property) { return property == nullptr ? json() : plain(*property); };
    json all = {RESTRICTIONS[filter->rt]};
    switch (filter->rt) {
    case 0: case 1:
        for (DWORD i = 0; i < arm.resAnd.cRes; i++) {
            all.push_back(plain(&arm.resAnd.lpRes[i]));
        }
        return all;
    case 2: all.push_back(plain(arm.resNot.lpRes)); return all;
    case 3: all.insert(all.end(), {arm.resContent.ulFuzzyLevel, arm.resContent.ulPropTag, value(arm.resContent.lpProp)}); return all;
    case 4: all.insert(all.end(), {arm.resProperty.relop, arm.resProperty.ulPropTag, value(arm.resProperty.lpProp)}); return all;
    case 5: all.insert(all.end(), {arm.resCompareProps.relop, arm.resCompareProps.ulPropTag1, arm.resCompareProps.ulPropTag2}); return all;
    case 6: all.insert(all.end(), {arm.resBitMask.relMBR, arm.resBitMask.ulPropTag, arm.resBitMask.ulMask}); return all;
    case 7: all.insert(all.end(), {arm.resSize.relop, arm.resSize.ulPropTag, arm.resSize.cb}); return all;
    case 8: all.push_back(arm.resExist.ulPropTag); return all;
    default: all.insert(all.end(), {arm.resSubRestriction.ulSubObject, plain(arm.resSubRestriction.lpRes)}); return all;
    }
}
