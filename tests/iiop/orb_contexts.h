// The service contexts that an ORB of the end-to-end tests sees.
#ifndef TESTS_IIOP_ORB_CONTEXTS_H
#define TESTS_IIOP_ORB_CONTEXTS_H

#include <omniORB4/CORBA.h>

enum { SAS = 15 };
static const CORBA::ULong CALLER = 0xfffff075; // troth/iiop.h

inline unsigned count_of(const IOP::ServiceContextList &list, CORBA::ULong id)
{
    unsigned n = 0;
    for (CORBA::ULong i = 0; i < list.length(); i++)
        n += list[i].context_id == id;
    return n;
}

#endif
