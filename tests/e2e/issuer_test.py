"""Production: tokens of issuers elsewhere, whose keys come from a URL or a file. Keys and signatures are OpenSSL's."""

import base64
import hmac
import http.server
import json
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time

import stewardry
from stewardry import READY_WITHIN_S, WORKSPACE, run, user

ISSUER = "https://id.example.org"
AUDIENCE = "stewardry"
GENERATE = {
    "RS256": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ES256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "EdDSA": ["-algorithm", "ED25519"],
}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, stdin=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, timeout=READY_WITHIN_S)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return done.stdout


def raw_ecdsa(der):
    """SEQUENCE { INTEGER r, INTEGER s } as r || s of 32 bytes each (RFC 7518, section 3.4)."""
    raw, at = b"", 2
    for _ in range(2):
        size = der[at + 1]
        raw += int.from_bytes(der[at + 2 : at + 2 + size], "big").to_bytes(32, "big")
        at += 2 + size
    return raw


class Key:
    def __init__(self, folder, algorithm, kid):
        self.algorithm = algorithm
        self.kid = kid
        self.file = folder / (kid + ".pem")
        openssl("genpkey", *GENERATE[algorithm], "-out", self.file)

    def jwk(self):
        # The point or the key is the end of SubjectPublicKeyInfo (RFC 5480, RFC 8410).
        public = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")
        known = {"kid": self.kid, "use": "sig", "alg": self.algorithm}
        if self.algorithm == "RS256":
            modulus = openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().partition("=")[2]
            return {**known, "kty": "RSA", "n": base64url(bytes.fromhex(modulus)), "e": "AQAB"}
        if self.algorithm == "ES256":
            point = {"x": base64url(public[-64:-32]), "y": base64url(public[-32:])}
            return {**known, "kty": "EC", "crv": "P-256", **point}
        return {**known, "kty": "OKP", "crv": "Ed25519", "x": base64url(public[-32:])}

    def sign(self, data):
        if self.algorithm == "EdDSA":
            message = self.file.with_suffix(".message")  # pkeyutl wants to know its size
            message.write_bytes(data)
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in", message)
        signature = openssl("dgst", "-sha256", "-sign", self.file, stdin=data)
        return raw_ecdsa(signature) if self.algorithm == "ES256" else signature

    def token(self, claims, sign=None, **header):
        """Signed by this key; a member of the header that is None is left out."""
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **header}
        header = {name: value for name, value in header.items() if value is not None}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        return signed + "." + base64url((sign or self.sign)(signed.encode()))

    def sign_with_the_public_key_as_secret(self, data):
        return hmac.digest(openssl("pkey", "-in", self.file, "-pubout"), data, "sha256")


def claims(name="ada", **changes):
    """What the issuer of these tests says about the user; a change to None takes a claim out."""
    now = int(time.time())
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": user(name), "iat": now, "exp": now + 3600, **changes}
    return {claim: value for claim, value in said.items() if value is not None}


class KeySetServer:
    """An issuer's key set on a port of this machine. It can be taken away and come back."""

    def __init__(self, *keys):
        self.publish(*keys)
        self.fetches = 0
        self.port = 0
        self.server = None
        self.start()

    def publish(self, *keys):
        self.body = json.dumps({"keys": [key.jwk() for key in keys]})

    def start(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.fetches += 1
                body = outer.body.encode()
                self.send_response(200 if self.path == "/jwks.json" else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()
            self.server = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/jwks.json"


def issuer(name=ISSUER, **settings):
    settings = {"audiences": [AUDIENCE], "algorithms": ["RS256", "ES256", "EdDSA"], **settings}
    # JSON's texts, booleans and lists of texts are TOML's.
    lines = [f"{key} = {json.dumps(value)}" for key, value in {"name": name, **settings}.items() if value is not None]
    return "\n".join(["[[issuer]]", *lines, ""])


class Issuer(stewardry.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="stewardry-e2e-keys-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.rsa, cls.p256, cls.ed25519 = (Key(folder, algorithm, algorithm.lower()) for algorithm in GENERATE)
        cls.keys = (cls.rsa, cls.p256, cls.ed25519)
        cls.next = Key(folder, "ES256", "next")

    def key_set(self, *keys):
        made = KeySetServer(*keys)
        self.addCleanup(made.stop)
        return made

    def config(self, *issuers, account='aws_account_id = "123456789012"'):
        config = self.folder / "config.toml"
        config.write_text("\n".join(['[log]\nlevel = "debug"', f"[platform]\n{account}", *issuers]))
        return str(config)

    def production(self, *issuers, **options):
        return self.server("--config", self.config(*issuers), development=False, **options)

    def ask(self, server, token, path="/accounts"):
        return server.call(None, "GET", path, headers={"Authorization": "Bearer " + token})

    def assert_not_shown(self, token, *texts):
        for part in token.split("."):
            for text in texts:
                if part:
                    self.assertNotIn(part, text)

    def refused(self, server, token, *told):
        answer = self.expect(self.ask(server, token), 401)
        challenge = answer.headers["WWW-Authenticate"]
        self.assertTrue(challenge.startswith("Bearer "), challenge)
        self.assertIn('error="invalid_token"', challenge)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        problem = answer.json
        self.assertEqual((problem["status"], problem["title"]), (401, "Unauthorized"))
        for text in told:
            self.assertIn(text, problem["detail"])
            self.assertIn(text, challenge)
        self.assert_not_shown(token, answer.text, str(answer.headers), server.log_text())
        return answer

    def unavailable(self, server, token):
        answer = self.expect(self.ask(server, token), 503)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertIsNone(answer.headers["WWW-Authenticate"])  # it is not the token that is wrong
        self.assert_not_shown(token, answer.text, str(answer.headers), server.log_text())
        return answer

    def accepted_in_the_end(self, server, token):
        until = time.monotonic() + READY_WITHIN_S
        while (answer := self.ask(server, token)).status == 503 and time.monotonic() < until:
            time.sleep(0.05)
        return self.expect(answer, 200)

    def test_each_algorithm_is_accepted_where_it_is_pinned_and_refused_where_not(self):
        keys = self.key_set(*self.keys)
        for pinned in self.keys:
            server = self.production(
                issuer(algorithms=[pinned.algorithm], jwks_url=keys.url), name="data-" + pinned.algorithm
            )
            for key in self.keys:
                with self.subTest(pinned=pinned.algorithm, signed=key.algorithm):
                    token = key.token(claims())
                    if key is pinned:
                        self.expect(self.ask(server, token), 200)
                    else:
                        self.refused(server, token, "`alg`")
            server.terminate()

    def test_the_usual_tour_with_tokens_of_three_algorithms(self):
        server = self.production(issuer(jwks_url=self.key_set(*self.keys).url))
        for name, key in (("ada", self.rsa), ("ops", self.p256), ("ben", self.ed25519)):
            server.tokens[name, ()] = key.token(claims(name))
        account = self.account(server)
        node = self.node(server, account)
        self.expect(server.call("ada", "GET", f"/compute-nodes/{node}"), 200)
        self.expect(server.call("ben", "GET", f"/accounts/{account}"), 200)
        self.expect(server.call("ben", "GET", f"/compute-nodes/{node}"), 404)
        stranger = self.rsa.token(claims("nobody-of-the-directory"))
        self.expect(self.ask(server, stranger, f"/accounts/{account}"), 404)
        self.expect(self.ask(server, stranger, f"/compute-nodes?organization_id={WORKSPACE}"), 403)

    def test_a_key_set_in_a_file(self):
        file = self.folder / "jwks.json"
        file.write_text(json.dumps({"keys": [key.jwk() for key in self.keys]}))
        server = self.production(issuer(jwks_file=str(file)))
        for key in self.keys:
            self.expect(self.ask(server, key.token(claims())), 200)
        self.refused(server, self.next.token(claims()), "does not list")

    def test_a_token_that_does_not_hold_is_401_and_says_why(self):
        server = self.production(issuer(jwks_url=self.key_set(*self.keys).url))
        sign, past = self.rsa.token, int(time.time()) - 3600
        good = sign(claims())
        head, body, signature = good.split(".")
        none = base64url(b'{"alg":"none","kid":"rs256"}')
        other_body = base64url(json.dumps(claims("ops")).encode())
        cases = {
            "another issuer": (sign(claims(iss="https://id.example.net")), "issuer"),
            "a slash more": (sign(claims(iss=ISSUER + "/")), "issuer"),
            "no issuer": (sign(claims(iss=None)), "`iss`"),
            "another audience": (sign(claims(aud="billing")), "audience"),
            "other audiences": (sign(claims(aud=["billing", "mail"])), "audience"),
            "no audience": (sign(claims(aud=None)), "`aud`"),
            "expired": (sign(claims(exp=past)), "expired"),
            "never expires": (sign(claims(exp=None)), "`exp`"),
            "not yet valid": (sign(claims(nbf=past + 7200)), "not valid before"),
            "issued in the future": (sign(claims(iat=past + 7200)), "future"),
            "unknown kid": (sign(claims(), kid="nobody"), "key"),
            "no kid": (sign(claims(), kid=None), "`kid`"),
            "the kid of another key": (sign(claims(), kid="es256"), "`alg`"),
            "alg none": (f"{none}.{body}.", "`alg`"),
            "alg none with a signature": (f"{none}.{body}.{signature}", "`alg`"),
            "the public key as a shared secret": (
                sign(claims(), self.rsa.sign_with_the_public_key_as_secret, alg="HS256"),
                "`alg`",
            ),
            "signed with another key": (self.next.token(claims(), kid="es256"), "signature"),
            "other claims": (f"{head}.{other_body}.{signature}", "signature"),
            "no user": (sign(claims(sub="ada")), "`sub`"),
            "a user without the prefix": (sign(claims(sub=user("ada").rpartition(":")[2])), "`sub`"),
            "a workspace that is none": (sign(claims(organization_id="acme")), "`organization_id`"),
            "no signature": (f"{head}.{body}", "three parts"),
        }
        for story, (token, told) in cases.items():
            with self.subTest(story):
                self.refused(server, token, told)
        self.assertEqual(self.expect(server.call(None, "GET", "/accounts"), 401).headers["WWW-Authenticate"], "Bearer")
        for token in (good, sign(claims(aud=["mail", AUDIENCE])), sign(claims(organization_id=WORKSPACE))):
            self.expect(self.ask(server, token), 200)
        self.assertIn("token refused", [line["message"] for line in server.log_lines()])  # so there was what to look at
        self.assert_not_shown(good, server.log_text())

    def test_two_issuers_with_the_same_kid_do_not_stand_in_for_each_other(self):
        ours, theirs = self.key_set(self.p256), self.key_set(self.next)
        other = "https://id.example.net"
        ours_jwk, theirs_jwk = self.p256.jwk(), {**self.next.jwk(), "kid": self.p256.kid}
        ours.body, theirs.body = json.dumps({"keys": [ours_jwk]}), json.dumps({"keys": [theirs_jwk]})
        server = self.production(issuer(jwks_url=ours.url), issuer(other, jwks_url=theirs.url))
        self.expect(self.ask(server, self.p256.token(claims())), 200)
        self.expect(self.ask(server, self.next.token(claims(iss=other), kid=self.p256.kid)), 200)
        self.refused(server, self.next.token(claims(), kid=self.p256.kid), "signature")
        self.refused(server, self.p256.token(claims(iss=other)), "signature")

    def test_keys_that_change_before_they_are_needed_are_the_new_ones(self):
        keys = self.key_set(self.p256)
        server = self.production(issuer(jwks_url=keys.url))
        self.assertEqual(keys.fetches, 0)  # it is ready without them
        keys.publish(self.next)
        self.expect(self.ask(server, self.next.token(claims())), 200)
        self.refused(server, self.p256.token(claims()), "does not list")

    def test_a_new_key_is_accepted_and_a_withdrawn_one_refused_after_a_restart(self):
        keys = self.key_set(self.p256)
        server = self.production(issuer(jwks_url=keys.url))
        old, new = self.p256.token(claims()), self.next.token(claims())
        self.expect(self.ask(server, old), 200)
        keys.publish(self.next)
        server.terminate()
        server.start()
        self.expect(self.ask(server, new), 200)
        self.refused(server, old, "does not list")

    def test_made_up_kids_do_not_make_it_ask_the_issuer_each_time(self):
        keys = self.key_set(self.p256)
        server = self.production(issuer(jwks_url=keys.url))
        began = time.monotonic()
        self.expect(self.ask(server, self.p256.token(claims())), 200)
        for i in range(20):
            self.refused(server, self.p256.token(claims(), kid=f"made-up-{i}"), "does not list")
        self.assertLessEqual(keys.fetches, 1 + (time.monotonic() - began) // 30)

    def test_without_keys_it_is_503_and_heals_when_the_issuer_is_back(self):
        keys = self.key_set(self.p256)
        server = self.production(issuer(jwks_url=keys.url))
        keys.stop()
        token = self.p256.token(claims())
        self.unavailable(server, token)
        self.refused(server, self.p256.token(claims(iss="https://id.example.net")), "issuer")  # known without keys
        self.expect(server.call(None, "GET", "/readyz"), 200)
        keys.start()
        self.accepted_in_the_end(server, token)
        # Keys that are held go on working without the issuer.
        keys.stop()
        self.expect(self.ask(server, token), 200)
        self.expect(self.ask(server, self.p256.token(claims("ben"))), 200)

    def test_a_key_set_that_is_none_is_503_until_it_is_one(self):
        keys = self.key_set(self.p256)
        good = keys.body
        for story, bad in (("no JSON", "<html>"), ("no key set", "[]"), ("a kid twice", None)):
            with self.subTest(story):
                keys.body = bad or json.dumps({"keys": 2 * json.loads(good)["keys"]})
                server = self.production(issuer(jwks_url=keys.url), name="data-" + story.replace(" ", "-"))
                token = self.p256.token(claims())
                self.unavailable(server, token)
                keys.body = good
                self.accepted_in_the_end(server, token)
                server.terminate()

    def test_a_key_set_that_is_not_found_is_503(self):
        keys = self.key_set(self.p256)
        server = self.production(issuer(jwks_url=keys.url + ".old"))
        self.unavailable(server, self.p256.token(claims()))
        self.assertIn("answered 404", server.log_text())

    def cognito(self, name="ada", **changes):
        said = {"sub": user(name).rpartition(":")[2], "aud": None, "token_use": "access", "client_id": AUDIENCE}
        return self.rsa.token(claims(**{**said, **changes}))

    def test_access_tokens_of_cognito(self):
        server = self.production(
            issuer(
                algorithms=["RS256"],
                jwks_url=self.key_set(self.rsa).url,
                cognito_access_token=True,
                user_claim_is_uuid=True,
            )
        )
        for name in ("ada", "ops"):
            server.tokens[name, ()] = self.cognito(name)
        node = self.node(server, self.account(server))
        owner = self.expect(server.call("ada", "GET", f"/compute-nodes/{node}/permissions"), 200).json["owner"]
        self.assertEqual(owner, user("ada"))
        self.expect(self.ask(server, self.cognito(aud=AUDIENCE)), 200)  # bound to a resource as well
        cases = {
            "an id token": (self.cognito(token_use="id", aud=AUDIENCE), "`token_use`"),
            "no use": (self.cognito(token_use=None), "`token_use`"),
            "another client": (self.cognito(client_id="billing"), "audience"),
            "no client": (self.cognito(client_id=None), "`client_id`"),
            "an audience in the client's place": (self.cognito(client_id=None, aud=AUDIENCE), "`client_id`"),
            "bound to another resource": (self.cognito(aud="billing"), "audience"),
            "a user with the prefix": (self.cognito(sub=user("ada")), "UUID"),
            "a user's name": (self.cognito(sub="ada"), "UUID"),
        }
        for story, (token, told) in cases.items():
            with self.subTest(story):
                self.refused(server, token, told)

    def test_the_user_and_the_workspace_from_other_claims(self):
        server = self.production(
            issuer(jwks_url=self.key_set(self.rsa).url, user_claim="uid", workspace_claim="custom:org")
        )
        self.expect(self.ask(server, self.rsa.token(claims(sub="x", uid=user("ada"), organization_id="x"))), 200)
        self.refused(server, self.rsa.token(claims()), "`uid`")
        self.refused(server, self.rsa.token(claims(uid=user("ada"), **{"custom:org": "acme"})), "`custom:org`")

    def test_an_issuer_that_is_not_whole_is_refused_with_2(self):
        url = "https://id.example.org/jwks.json"
        cases = {
            "no audience": ([issuer(audiences=None, jwks_url=url)], f'Issuer "{ISSUER}": it needs an audience'),
            "audiences without any": ([issuer(audiences=[], jwks_url=url)], "it needs an audience"),
            "an empty audience": ([issuer(audiences=[""], jwks_url=url)], "an audience is empty"),
            "no name": ([issuer(name=None, jwks_url=url)], "it needs a name"),
            "no algorithm": ([issuer(algorithms=[], jwks_url=url)], "it needs an algorithm"),
            "none for an algorithm": ([issuer(algorithms=["none"], jwks_url=url)], '"none"'),
            "a shared secret": ([issuer(algorithms=["HS256"], jwks_url=url)], '"HS256"'),
            "no keys": ([issuer()], "it needs a key set"),
            "keys from two places": ([issuer(jwks_url=url, jwks_file="jwks.json")], "it needs a key set: either"),
            "keys in clear over the network": ([issuer(jwks_url="http://id.example.org/jwks.json")], "https://"),
            "twice the same": (2 * [issuer(jwks_url=url)], "listed twice"),
            "a word that is not known": ([issuer(jwks_url=url, audience="stewardry")], "audience is not a member"),
            "a text for a list": ([issuer(jwks_url=url, audiences="stewardry")], "config.toml:"),
            "no issuer": ([], "[[issuer]]"),
        }
        for story, (issuers, told) in cases.items():
            with self.subTest(story):
                self.is_refused(self.config(*issuers), told)
        with self.subTest("no account"):
            self.is_refused(self.config(issuer(jwks_url=url), account=""), "platform.aws_account_id")

    def is_refused(self, config, told):
        try:
            done = run("serve", "--data", str(self.folder / "d"), "--listen", "127.0.0.1:0", "--config", config)
        except subprocess.TimeoutExpired:
            self.fail("the server started")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(told, done.stderr)


if __name__ == "__main__":
    stewardry.main()
