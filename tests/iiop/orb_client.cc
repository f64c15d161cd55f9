// An ORB without CSIv2, as a client: orb_client REFERENCE VERB [ARGUMENT...] [-ORB...]. Prints what came, a line a verb;
// "EXCEPTION name minor completed" where it was one. Exit code 0 when it could ask at all.
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <omniORB4/CORBA.h>
#include <omniORB4/Naming.hh>
#include <omniORB4/omniInterceptors.h>

#include "orb_contexts.h"
#include "probe.hh"

static std::atomic<unsigned> strays; // service contexts 15 that reached us
static bool forge;                   // claim a caller of our own choice

static CORBA::Boolean replied(omni::omniInterceptors::clientReceiveReply_T::info_T &info)
{
    strays += count_of(info.service_contexts, SAS);
    return 1;
}

static CORBA::Boolean sending(omni::omniInterceptors::clientSendRequest_T::info_T &info)
{
    static const CORBA::Octet root[] = { 1, 0, 0, 0, 5, 0, 0, 0, 'r', 'o', 'o', 't', 0, 0, 0, 0, 5, 0, 0, 0,
                                         'r', 'o', 'o', 't', 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    if (!forge)
        return 1;
    CORBA::ULong n = info.service_contexts.length();
    info.service_contexts.length(n + 1);
    info.service_contexts[n].context_id = CALLER;
    info.service_contexts[n].context_data.length(sizeof root);
    for (CORBA::ULong i = 0; i < sizeof root; i++)
        info.service_contexts[n].context_data[i] = root[i];
    return 1;
}

class Watching : public POA_Probe::Watcher, public PortableServer::RefCountServantBase {
public:
    Watching() : notes(0) {}
    CORBA::Long twice(CORBA::Long n) { return 2 * n; }
    void note(CORBA::Long) { notes++; }
    std::atomic<long> notes;
};

typedef std::vector<std::string> Words;

static std::string who(Probe::Desk_ptr p)
{
    CORBA::String_var authenticated, mech, caller = p->caller(authenticated, mech);
    return std::string("caller=") + caller.in() + " authenticated=" + authenticated.in() + " mech=" + mech.in();
}

static bool echoes(Probe::Desk_ptr p, CORBA::ULong n)
{
    Probe::Octets data;
    data.length(n);
    for (CORBA::ULong i = 0; i < n; i++)
        data[i] = (CORBA::Octet)(i * 7 + (i >> 8));
    Probe::Octets_var back = p->echo(data);
    bool same = back->length() == n;
    for (CORBA::ULong i = 0; same && i < n; i++)
        same = back[i] == data[i];
    return same;
}

static std::string mixed(Probe::Desk_ptr p)
{
    bool right = true;
    for (unsigned n = 0; n < 40; n++) {
        CORBA::String_var back;
        std::string s(n, 'x');
        CORBA::Double d = p->mixed((CORBA::Octet)n, 0.25, s.c_str(), 1LL << 40, back);
        right = right && d == n + 0.25 && s + std::to_string(1LL << 40) == back.in();
    }
    return right ? "mixed 40" : "mixed WRONG";
}

// Many at once on one connection.
static std::string crowd(Probe::Desk_ptr p, unsigned threads, unsigned each)
{
    std::atomic<unsigned> right(0);
    std::vector<std::thread> all;
    for (unsigned t = 0; t < threads; t++)
        all.emplace_back([&, t] {
            try {
                for (unsigned i = 0; i < each; i++)
                    right += echoes(p, t * 100 + i);
            } catch (CORBA::SystemException &) {
            }
        });
    for (auto &t : all)
        t.join();
    return "crowd " + std::to_string(right.load());
}

// What is to be called back on the connection that we opened; it must be there before the first call.
static Watching *watch(CORBA::ORB_ptr orb, Probe::Watcher_var &ref)
{
    CORBA::Object_var o = orb->resolve_initial_references("RootPOA");
    PortableServer::POA_var root = PortableServer::POA::_narrow(o);
    CORBA::PolicyList policies;
    policies.length(1);
    CORBA::Any both;
    both <<= BiDirPolicy::BOTH;
    policies[0] = orb->create_policy(BiDirPolicy::BIDIRECTIONAL_POLICY_TYPE, both);
    PortableServer::POAManager_var manager = root->the_POAManager();
    PortableServer::POA_var poa = root->create_POA("watch", manager, policies);
    Watching *w = new Watching;
    PortableServer::ObjectId_var id = poa->activate_object(w);
    CORBA::Object_var made = poa->id_to_reference(id);
    ref = Probe::Watcher::_narrow(made);
    manager->activate();
    return w;
}

static std::string call_back(Probe::Desk_ptr p, Probe::Watcher_ptr ref, Watching *w)
{
    CORBA::Long got = p->call_back(ref, 20);
    for (int i = 0; i < 200 && w->notes < 20; i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return "call_back " + std::to_string(got) + " " + std::to_string(w->notes.load());
}

static std::string names(CORBA::Object_ptr root, Probe::Desk_ptr p)
{
    CosNaming::NamingContext_var c = CosNaming::NamingContext::_narrow(root);
    CosNaming::Name n;
    n.length(1);
    n[0].id = "folder";
    CosNaming::NamingContext_var folder;
    try {
        folder = c->bind_new_context(n);
    } catch (CosNaming::NamingContext::AlreadyBound &) {
        CORBA::Object_var o = c->resolve(n);
        folder = CosNaming::NamingContext::_narrow(o);
    }
    n[0].id = "probe";
    folder->rebind(n, p);
    CORBA::Object_var found = folder->resolve(n);
    Probe::Desk_var probe = Probe::Desk::_narrow(found);
    n[0].id = "nobody";
    try {
        CORBA::Object_var none = folder->resolve(n);
    } catch (CosNaming::NamingContext::NotFound &) {
        return "names " + who(probe);
    }
    return "names WRONG";
}

static std::string ask(CORBA::ORB_ptr orb, Probe::Desk_ptr p, const std::string &verb, const Words &a)
{
    auto number = [&](size_t i) { return (unsigned)strtoul(a.at(i).c_str(), NULL, 10); };
    if (verb == "who")
        return who(p);
    if (verb == "strays")
        return "strays " + std::to_string(p->strays()) + " " + std::to_string(strays.load());
    if (verb == "echo")
        return echoes(p, number(0)) ? "echo " + a.at(0) : "echo WRONG";
    if (verb == "sweep") {
        for (unsigned n = 0; n < number(0); n++)
            if (!echoes(p, n))
                return "sweep WRONG at " + std::to_string(n);
        return "sweep " + a.at(0);
    }
    if (verb == "mixed")
        return mixed(p);
    if (verb == "odd") {
        try {
            p->odd("because", 42);
        } catch (Probe::Strange &e) {
            return std::string("odd ") + e.why.in() + " " + std::to_string(e.code);
        }
        return "odd WRONG";
    }
    if (verb == "bad")
        return p->bad(number(0)), "bad WRONG";
    if (verb == "forbidden")
        return p->forbidden(number(0)), "forbidden WRONG";
    if (verb == "oneways") {
        CORBA::ULong before = p->counted();
        for (unsigned i = 0; i < number(0); i++)
            p->count(1);
        for (int i = 0; i < 300 && p->counted() - before < number(0); i++)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return "oneways " + std::to_string(p->counted() - before);
    }
    if (verb == "moved")
        return p->moved(), "moved " + who(p);
    if (verb == "another") {
        Probe::Desk_var o = p->another();
        return "another " + who(o);
    }
    if (verb == "exists")
        return p->_non_existent() ? "exists WRONG" : "exists";
    if (verb == "crowd")
        return crowd(p, number(0), number(1));
    if (verb == "names") {
        CORBA::Object_var root = orb->resolve_initial_references("NameService");
        return names(root, p);
    }
    if (verb == "slow")
        return p->slow(number(0)), "slow";
    if (verb == "sleep")
        return std::this_thread::sleep_for(std::chrono::milliseconds(number(0))), "sleep";
    if (verb == "line") { // wait until the test says so
        std::string line;
        std::getline(std::cin, line);
        return "line " + line;
    }
    return "unknown verb " + verb;
}

// "echo:100 crowd:4:10"
static Words split(const std::string &text)
{
    Words out;
    size_t at = 0;
    for (size_t cut; (cut = text.find(':', at)) != std::string::npos; at = cut + 1)
        out.push_back(text.substr(at, cut - at));
    out.push_back(text.substr(at));
    return out;
}

int main(int argc, char **argv)
{
    CORBA::ORB_var orb = CORBA::ORB_init(argc, argv);
    forge = getenv("FORGE_CALLER") != NULL;
    omniORB::getInterceptors()->clientReceiveReply.add(replied);
    omniORB::getInterceptors()->clientSendRequest.add(sending);
    if (argc < 3)
        return 2;
    try {
        CORBA::Object_var o = orb->string_to_object(argv[1]);
        Probe::Desk_var p = Probe::Desk::_unchecked_narrow(o);
        Probe::Watcher_var ref;
        Watching *w = argv[2] == std::string("call_back") ? watch(orb, ref) : NULL;
        for (int i = 2; i < argc; i++) {
            Words words = split(argv[i]);
            try {
                std::cout << (words[0] == "call_back" ? call_back(p, ref, w)
                                                      : ask(orb, p, words[0], Words(words.begin() + 1, words.end())))
                          << std::endl;
            } catch (CORBA::SystemException &e) {
                std::cout << "EXCEPTION " << e._name() << " " << e.minor() << " " << (int)e.completed() << std::endl;
            }
        }
    } catch (CORBA::Exception &e) {
        std::cerr << "orb_client: " << e._name() << std::endl;
        return 1;
    }
    orb->destroy();
    return 0;
}
