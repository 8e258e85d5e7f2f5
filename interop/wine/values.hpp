/* NSPI's structures from and to JSON, in the words of the other client programs. What is made here lives until `release_all`. */
#pragma once

#include <nlohmann/json.hpp>

#include "nspi.h"
#include "runtime.hpp"

using nlohmann::json;

/* Text of JSON, UTF-8, in the characters of Windows, UTF-16; and back. */
wchar_t *wide(const std::string &text);
std::string narrow(const wchar_t *text);

/* Octets from and to hexadecimal. */
std::vector<unsigned char> octets(const std::string &hexadecimal);
std::string hexadecimal(const void *octets, std::size_t count);

/* Fields of a STAT that are given; code page and locales have defaults. */
STAT_r *make_stat(const json &fields);

/* NULL for null. */
PropertyTagArray_r *make_tags(const json &tags);
Restriction_r *make_restriction(const json &filter);

PropertyValue_r make_value(DWORD tag, const json &content);
StringsArray_r *make_strings(const json &texts);
WStringsArray_r *make_wide_strings(const json &texts);
BinaryArray_r *make_binaries(const json &values);

json plain(const STAT_r &stat);
json plain(const PropertyTagArray_r *tags);
json plain(const PropertyValue_r &property);
json plain(const PropertyRow_r *row);
json plain(const PropertyRowSet_r *rows);
json plain(const PropertyNameSet_r *names);
json plain(const Restriction_r *filter);
