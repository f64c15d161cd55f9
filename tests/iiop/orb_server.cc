// An ORB without CSIv2: orb_server IOR_FILE [-ORB...]. Writes its reference, prints "ready", serves until it is killed.
#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>

#include <omniORB4/CORBA.h>
#include <omniORB4/internal/giopStrand.h>
#include <omniORB4/internal/giopStream.h>
#include <omniORB4/internal/GIOP_S.h>
#include <omniORB4/omniInterceptors.h>

#include "orb_contexts.h"
#include "probe.hh"

// Of the request that this thread serves.
struct Seen {
    std::string caller, authenticated, mech;
    unsigned strays;
};
static thread_local Seen seen;

static void read_caller(const IOP::ServiceContext &c)
{
    cdrEncapsulationStream s(c.context_data.get_buffer(), c.context_data.length(), 1);
    CORBA::String_var caller = s.unmarshalRawString(), authenticated = s.unmarshalRawString(), mech = s.unmarshalRawString();
    CORBA::ULong flags;
    flags <<= s;
    seen.caller = caller.in();
    seen.authenticated = authenticated.in();
    seen.mech = mech.in();
}

static CORBA::Boolean received(omni::omniInterceptors::serverReceiveRequest_T::info_T &info)
{
    const IOP::ServiceContextList &list = info.giop_s.service_contexts();
    seen = Seen();
    seen.strays = count_of(list, SAS) + (count_of(list, CALLER) > 1 ? 1 : 0);
    for (CORBA::ULong i = 0; i < list.length(); i++) {
        if (list[i].context_id == CALLER)
            read_caller(list[i]);
    }
    return 1;
}

class Servant : public POA_Probe::Desk, public PortableServer::RefCountServantBase {
public:
    Servant() : sum(0), forwards(0) {}

    char *caller(CORBA::String_out authenticated, CORBA::String_out mech)
    {
        authenticated = CORBA::string_dup(seen.authenticated.c_str());
        mech = CORBA::string_dup(seen.mech.c_str());
        return CORBA::string_dup(seen.caller.c_str());
    }
    CORBA::ULong strays() { return seen.strays; }
    Probe::Octets *echo(const Probe::Octets &data) { return new Probe::Octets(data); }
    CORBA::Double mixed(CORBA::Octet o, CORBA::Double d, const char *s, CORBA::LongLong ll, CORBA::String_out back)
    {
        back = CORBA::string_dup((std::string(s) + std::to_string(ll)).c_str());
        return d + o;
    }
    void odd(const char *why, CORBA::Long code) { throw Probe::Strange(why, code); }
    void bad(CORBA::ULong minor) { throw CORBA::BAD_PARAM(minor, CORBA::COMPLETED_YES); }
    void forbidden(CORBA::ULong minor) { throw CORBA::NO_PERMISSION(minor, CORBA::COMPLETED_NO); }
    void count(CORBA::ULong n) { sum += n; }
    CORBA::ULong counted() { return sum; }
    void moved()
    {
        if (forwards++ == 0) {
            Probe::Desk_var to = _this();
            throw omniORB::LOCATION_FORWARD(CORBA::Object::_duplicate(to), 0);
        }
    }
    Probe::Desk_ptr another()
    {
        Servant *s = new Servant;
        PortableServer::ObjectId_var id = _default_POA()->activate_object(s);
        Probe::Desk_ptr made = s->_this();
        s->_remove_ref();
        return made;
    }
    CORBA::Long call_back(Probe::Watcher_ptr w, CORBA::Long n)
    {
        CORBA::Long got = 0;
        for (CORBA::Long i = 0; i < n; i++) {
            w->note(i);
            got += w->twice(i);
        }
        return got;
    }
    void slow(CORBA::ULong ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

private:
    std::atomic<CORBA::ULong> sum, forwards;
};

int main(int argc, char **argv)
{
    CORBA::ORB_var orb = CORBA::ORB_init(argc, argv);
    if (argc < 2)
        return 2;
    omniORB::getInterceptors()->serverReceiveRequest.add(received);
    CORBA::Object_var poa_object = orb->resolve_initial_references("RootPOA");
    PortableServer::POA_var root = PortableServer::POA::_narrow(poa_object);
    CORBA::PolicyList policies;
    policies.length(1);
    CORBA::Any both;
    both <<= BiDirPolicy::BOTH;
    policies[0] = orb->create_policy(BiDirPolicy::BIDIRECTIONAL_POLICY_TYPE, both);
    PortableServer::POAManager_var manager = root->the_POAManager();
    PortableServer::POA_var poa = root->create_POA("probe", manager, policies);
    Servant *s = new Servant;
    PortableServer::ObjectId_var id = poa->activate_object(s);
    CORBA::Object_var made = poa->id_to_reference(id);
    CORBA::String_var text = orb->object_to_string(made);
    {
        std::ofstream out(argv[1]);
        out << text.in() << std::endl;
    }
    manager->activate();
    std::cout << "ready" << std::endl;
    orb->run();
    return 0;
}
