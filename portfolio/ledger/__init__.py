"""The transparency log: hashes, proofs and the public C2SP formats. Pure: no database, no network, no clock.

``entry`` says what is logged, ``merkle`` proves that it is, ``checkpoint`` and ``signed_note`` sign how long the log is,
``tiles`` publish it, ``witness`` and ``policy`` let others vouch for it, ``tlog_proof`` puts all of it beside a credential.
"""
