/* A mend of Wine 8.0: its rpcrt4 names the server for the first token of a handshake alone, and Wine's Kerberos, which is MIT's
 * library, wants the name for each. From here on the first name is repeated. */
#pragma once

void repeat_target_name();
