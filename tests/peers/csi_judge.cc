// The judge of the SAS codec: what omniidl made of csi_types.idl, driven by tests/peers/csi_omniorb.py.
//
//   csi_judge make N      N values of each type, in both byte orders: lines "KIND ORDER HEX"
//   csi_judge turn        lines of the same form on standard input; answers each in the other byte order
#include "csi_types.hh"
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

typedef unsigned char octet;

static std::string hex_of(cdrMemoryStream &s)
{
    static const char digits[] = "0123456789abcdef";
    const octet *p = static_cast<const octet *>(s.bufPtr());
    std::string out;
    for (size_t i = 0; i < s.bufSize(); i++) {
        out += digits[p[i] >> 4];
        out += digits[p[i] & 15];
    }
    return out;
}

// A stream that begins as an encapsulation of the order does; gaps are zeros.
static void begin(cdrMemoryStream &s, bool little)
{
    s.setByteSwapFlag(little);
    s.marshalOctet(little);
}

template <class T> static std::string written(const T &value, bool little)
{
    cdrMemoryStream s(0u, true);
    begin(s, little);
    value >>= s;
    return hex_of(s);
}

static void fill(Judge::Octets &o, unsigned most)
{
    o.length(static_cast<unsigned>(std::rand()) % (most + 1));
    for (unsigned i = 0; i < o.length(); i++)
        o[i] = static_cast<octet>('a' + std::rand() % 26);
}

static unsigned long long any64()
{
    return static_cast<unsigned long long>(std::rand()) << 40 ^ static_cast<unsigned long long>(std::rand()) << 16 ^ 5;
}

template <class T> static void encapsulate(const T &value, bool little, Judge::Octets &ret)
{
    cdrMemoryStream s(0u, true);
    begin(s, little);
    value >>= s;
    ret.length(static_cast<unsigned>(s.bufSize()));
    for (unsigned i = 0; i < ret.length(); i++)
        ret[i] = static_cast<const octet *>(s.bufPtr())[i];
}

template <class T> static void open(const Judge::Octets &o, T &ret)
{
    cdrMemoryStream s(const_cast<octet *>(o.get_buffer()), o.length());
    octet order = s.unmarshalOctet();
    s.setByteSwapFlag(order);
    ret <<= s;
}

static Judge::SASContextBody any_message(int kind)
{
    Judge::SASContextBody body;
    Judge::Octets some;
    fill(some, 20);
    if (kind == 0) {
        Judge::EstablishContext e;
        e.client_context_id = any64();
        e.authorization.length(static_cast<unsigned>(std::rand() % 4));
        for (unsigned i = 0; i < e.authorization.length(); i++) {
            e.authorization[i].the_type = 0x4f4d0001u + i;
            fill(e.authorization[i].the_element, 9);
        }
        switch (std::rand() % 6) {
        case 0: e.identity.absent(1); break;
        case 1: e.identity.anonymous(1); break;
        case 2: e.identity.principal_name(some); break;
        case 3: e.identity.certificate_chain(some); break;
        case 4: e.identity.dn(some); break;
        default: e.identity.id(some); e.identity._d(16); break;
        }
        fill(e.client_authentication, 40);
        body.establish(e);
    } else if (kind == 1) {
        Judge::CompleteEstablishContext c;
        c.client_context_id = any64();
        c.context_stateful = std::rand() % 2;
        c.final_context = some;
        body.complete(c);
    } else if (kind == 2) {
        Judge::ContextError x;
        x.client_context_id = any64();
        x.major_status = std::rand() % 5;
        x.minor_status = -1;
        x.error = some;
        body.error(x);
    } else {
        Judge::MessageInContext m;
        m.client_context_id = any64();
        m.discard_context = std::rand() % 2;
        body.in_context(m);
    }
    return body;
}

static std::string any_host()
{
    return std::string(1 + static_cast<size_t>(std::rand() % 12), 'h');
}

static Judge::CompoundSecMechList any_list(bool little)
{
    Judge::CompoundSecMechList list;
    list.stateful = std::rand() % 2;
    list.mechanism_list.length(static_cast<unsigned>(std::rand() % 4));
    for (unsigned i = 0; i < list.mechanism_list.length(); i++) {
        Judge::CompoundSecMech &m = list.mechanism_list[i];
        m.target_requires = static_cast<unsigned short>(std::rand());
        m.transport_mech.tag = std::rand() % 2 ? 34 : 36;
        if (m.transport_mech.tag == 36) {
            Judge::TLS_SEC_TRANS t;
            t.target_supports = 102;
            t.target_requires = static_cast<unsigned short>(std::rand());
            t.where.length(static_cast<unsigned>(std::rand() % 3));
            for (unsigned k = 0; k < t.where.length(); k++) {
                t.where[k].host_name = any_host().c_str();
                t.where[k].port = static_cast<unsigned short>(std::rand());
            }
            encapsulate(t, little, m.transport_mech.data);
        }
        m.as_context_mech.target_supports = m.as_context_mech.target_requires = 64;
        fill(m.as_context_mech.client_authentication_mech, 9);
        fill(m.as_context_mech.target_name, 30);
        m.sas_context_mech.target_supports = 1024;
        m.sas_context_mech.target_requires = static_cast<unsigned short>(std::rand());
        m.sas_context_mech.privilege_authorities.length(static_cast<unsigned>(std::rand() % 3));
        for (unsigned k = 0; k < m.sas_context_mech.privilege_authorities.length(); k++) {
            m.sas_context_mech.privilege_authorities[k].syntax = static_cast<unsigned>(std::rand());
            fill(m.sas_context_mech.privilege_authorities[k].name, 9);
        }
        m.sas_context_mech.supported_naming_mechanisms.length(static_cast<unsigned>(std::rand() % 3));
        for (unsigned k = 0; k < m.sas_context_mech.supported_naming_mechanisms.length(); k++)
            fill(m.sas_context_mech.supported_naming_mechanisms[k], 9);
        m.sas_context_mech.supported_identity_types = static_cast<unsigned>(std::rand());
    }
    return list;
}

static Judge::Reference any_reference(bool little)
{
    Judge::Reference r;
    r.type_id = ("IDL:" + any_host() + ":1.0").c_str();
    r.profiles.length(static_cast<unsigned>(std::rand() % 3));
    for (unsigned i = 0; i < r.profiles.length(); i++) {
        r.profiles[i].tag = std::rand() % 4 ? 0 : 4711;
        if (r.profiles[i].tag) {
            fill(r.profiles[i].data, 9);
            continue;
        }
        Judge::ProfileBody p;
        p.major = 1;
        p.minor = static_cast<octet>(1 + std::rand() % 2);
        p.host = any_host().c_str();
        p.port = static_cast<unsigned short>(std::rand());
        fill(p.object_key, 20);
        p.tagged.length(static_cast<unsigned>(std::rand() % 4));
        for (unsigned k = 0; k < p.tagged.length(); k++) {
            p.tagged[k].tag = static_cast<unsigned>(std::rand() % 90);
            fill(p.tagged[k].data, 9);
        }
        encapsulate(p, little, r.profiles[i].data);
    }
    return r;
}

static void say(const char *kind, bool little, const std::string &hex)
{
    std::cout << kind << (little ? " le " : " be ") << hex << "\n";
}

static void make(int n)
{
    std::srand(1);
    for (int i = 0; i < n; i++) {
        for (int little = 0; little < 2; little++) {
            for (int kind = 0; kind < 4; kind++)
                say("sas", little, written(any_message(kind), little));
            Judge::InitialContext t;
            fill(t.username, 20), fill(t.password, 20), fill(t.target_name, 200);
            t.username.length(t.username.length() + 1), t.username[t.username.length() - 1] = 'u';
            t.password.length(t.password.length() + 1), t.password[t.password.length() - 1] = 'p';
            say("gssup", little, written(t, little));
            say("mechs", little, written(any_list(little), little));
            say("ior", little, written(any_reference(little), little));
        }
    }
}

static void turn_inside(Judge::SASContextBody &, bool) {}
static void turn_inside(Judge::InitialContext &, bool) {}
static void turn_inside(Judge::CompoundSecMechList &list, bool little)
{
    for (unsigned i = 0; i < list.mechanism_list.length(); i++) {
        Judge::TLS_SEC_TRANS t;
        if (list.mechanism_list[i].transport_mech.tag != 36)
            continue;
        open(list.mechanism_list[i].transport_mech.data, t);
        encapsulate(t, little, list.mechanism_list[i].transport_mech.data);
    }
}
static void turn_inside(Judge::Reference &r, bool little)
{
    for (unsigned i = 0; i < r.profiles.length(); i++) {
        Judge::ProfileBody p;
        if (r.profiles[i].tag)
            continue;
        open(r.profiles[i].data, p);
        encapsulate(p, little, r.profiles[i].data);
    }
}

template <class T> static void turn(const char *kind, const Judge::Octets &octets, bool little)
{
    T value;
    open(octets, value);
    turn_inside(value, !little);
    say(kind, !little, written(value, !little));
}

static int turn_all()
{
    std::string kind, order, hex;
    while (std::cin >> kind >> order >> hex) {
        Judge::Octets o;
        bool little = order == "le";
        o.length(static_cast<unsigned>(hex.size() / 2));
        for (unsigned i = 0; i < o.length(); i++)
            o[i] = static_cast<octet>(std::strtoul(hex.substr(2 * i, 2).c_str(), 0, 16));
        if (kind == "sas")
            turn<Judge::SASContextBody>("sas", o, little);
        else if (kind == "gssup")
            turn<Judge::InitialContext>("gssup", o, little);
        else if (kind == "mechs")
            turn<Judge::CompoundSecMechList>("mechs", o, little);
        else
            turn<Judge::Reference>("ior", o, little);
    }
    return 0;
}

int main(int argc, char **argv)
{
    int no_arguments = 0;
    CORBA::ORB_var orb = CORBA::ORB_init(no_arguments, 0);
    if (argc == 3 && std::string(argv[1]) == "make")
        return make(std::atoi(argv[2])), 0;
    if (argc == 2 && std::string(argv[1]) == "turn")
        return turn_all();
    return 2;
}
