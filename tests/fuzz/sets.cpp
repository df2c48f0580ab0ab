// SPDX-License-Identifier: BSD-3-Clause
/// `ipset restore` (ROB-1): a text is taken or refused with a place, and what was taken is saved as a text that comes back
/// and is saved as the same again.
#include <string>

#include "acl/sets/book.h"
#include "tests/fuzz/target.h"

namespace sluice::fuzz {

namespace {

constexpr std::uint64_t kNowMs = 1000;

std::string saved(acl::sets::SetBook& book) {
    const std::vector<acl::text::Word> words = {{"save", 0}, {"-sorted", 5}};
    const auto answer = book.run(words, kNowMs);
    demand(answer.has_value(), "what is there can be saved");
    return answer->text;
}

}  // namespace

void begin() {}

void run(std::span<const std::uint8_t> input) {
    acl::sets::SetBook book;
    const auto done = book.restore(text_of(input), "fuzz.sets", false, kNowMs);
    demand(done || (!done.error().message.empty() && done.error().where.line > 0), "a fault has a sentence and a place");
    const std::string text = saved(book);
    acl::sets::SetBook again;
    const auto came_back = again.restore(text, "saved.sets", false, kNowMs);
    demand(came_back.has_value(), "what was saved comes back");
    demand(saved(again) == text, "and is saved as the same");
}

std::vector<Input> seeds() {
    return {input_of("create a hash:ip timeout 300 counters comment skbinfo\n"
                     "add a 1.2.3.4 timeout 100 packets 3 bytes 9 comment \"he llo\" skbmark 0x11/0xff skbprio 1:10 skbqueue 3\n"
                     "create b hash:net maxelem 70 hashsize 64\nadd b 10.0.0.0/8 nomatch\nadd b 1.0.0.0-1.0.2.7\n"
                     "create l list:set size 4\nadd l a\nadd l b before a\nswap a a\n"),
            input_of("create c hash:ip,port\nadd c 1.1.1.2,udp:53-55\nadd c 1.1.1.3,icmp:echo-request\nadd c 1.1.1.4,gre:0\n"
                     "create e hash:net,iface\nadd e 10.0.0.0/8,physdev:eth1\nadd e 10.0.0.0/8,eth wildcard\n"
                     "create i hash:net,port,net family inet6\nadd i fe80::/10,icmpv6:ping,::1\ndel i fe80::/10,icmpv6:ping,::1\n"),
            input_of("create m bitmap:ip range 10.0.0.0/24 netmask 28\nadd m 10.0.0.64/26\ncreate n bitmap:port range 1-200\n"
                     "add n 5-9\ncreate o bitmap:ip,mac range 10.0.0.0-10.0.0.20\nadd o 10.0.0.6,00:11:22:aa:bb:cc\nflush n\n"),
            input_of("create j hash:mac\nadd j 00:11:22:AA:bb:cc\ncreate k hash:ip,mark markmask 0xff\nadd k 1.1.1.1,0x1ff\n"
                     "rename k kk\ntest kk 1.1.1.1,0xff\n-exist del j 00:11:22:AA:bb:cd\ndestroy j\nlist -terse\n")};
}

}  // namespace sluice::fuzz
