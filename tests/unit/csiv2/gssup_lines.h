/* Lines of a store, made by Python's hashlib.scrypt: a judge that is not OpenSSL through us. */
#ifndef TESTS_GSSUP_LINES_H
#define TESTS_GSSUP_LINES_H

/* "s3cret" */
#define ALICE_HASH "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MomXuMw9YekkEH5CXhpWEZ7aT3P7uIj0zEYtEnXoIY4"
#define ALICE      "alice:" ALICE_HASH "\n"
/* "passé" */
#define BOB "bob@other:$scrypt$ln=3,r=1,p=2$c2FsdHNhbHQ$UAutLtB+25qSPvdG6TIvyspCqnsXKeew11rp89J7kgU\n"
/* "x", a hash of 64 octets */
#define ALICE_AT                                                                                                       \
    "al\\@ice:$scrypt$ln=5,r=8,p=1$MTYgb2N0ZXRzIG9mIGl0IQ$0oQG2Mb7pooEaT0tYhK43CkRRCfhsGwrlfmnHa1C+Ff0hiK2P1Eta9r7ReY" \
    "1xoOdYkGbsMRt649oCFpk+yaKFw\n"

#endif
