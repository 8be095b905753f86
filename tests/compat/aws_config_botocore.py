"""What botocore reads, in the form that compat_aws_config prints; run with an interpreter that has botocore."""

import json
import os
import sys

import botocore.configloader
import botocore.configprovider
import botocore.exceptions
import botocore.httpsession
import botocore.session
import botocore.utils


def flat(section):
    """{"s3": {"a": "b"}} is {"s3.a": "b"}."""
    made = {}
    for key, value in section.items():
        if isinstance(value, dict):
            made.update({f"{key}.{inner}": text for inner, text in value.items()})
        else:
            made[key] = value
    return made


def read_file(path):
    try:
        loaded = botocore.configloader.load_config(path)
    except botocore.exceptions.ConfigParseError:
        return None
    return {kind: {name: flat(section) for name, section in loaded[kind].items()}
            for kind in ("profiles", "sso_sessions", "services")}


def with_environment(variables, work):
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        return work()
    finally:
        os.environ.clear()
        os.environ.update(kept)


def settings(client):
    session = botocore.session.Session()
    variable = session.get_config_variable
    made = {"region": variable("region") or "", "ca_bundle": variable("ca_bundle") or "",
            "use_fips_endpoint": bool(variable("use_fips_endpoint")),
            "use_dualstack_endpoint": bool(variable("use_dualstack_endpoint")),
            "max_attempts": variable("max_attempts") or 3,
            "request_min_compression_size_bytes": int(variable("request_min_compression_size_bytes")),
            "disable_request_compression": variable("disable_request_compression")}
    for name in ("retry_mode", "sts_regional_endpoints", "account_id_endpoint_mode", "request_checksum_calculation",
                 "response_checksum_validation"):
        made[name] = variable(name)
    provider = botocore.configprovider.ConfiguredEndpointProvider(
        full_config=session.full_config, scoped_config=session.get_scoped_config(), client_name=client)
    ignored = variable("ignore_configured_endpoint_urls")
    made["endpoint_url"] = "" if ignored else provider.provide() or ""
    s3 = variable("s3") or {}
    made["s3.addressing_style"] = s3.get("addressing_style") or "auto"
    for name, absent in (("use_arn_region", True), ("use_accelerate_endpoint", False),
                         ("s3_disable_multiregion_access_points", False)):
        made["s3." + name] = absent if s3.get(name) is None else s3[name]
    return made


def proxy(url):
    proxies = botocore.utils.get_environ_proxies(url)
    return botocore.httpsession.ProxyConfiguration(proxies=proxies).proxy_url_for(url) or ""


def main():
    if sys.argv[1] == "files":
        for path in sys.argv[2:]:
            print(json.dumps(read_file(path)))
        return
    work = settings if sys.argv[1] == "settings" else proxy
    print(json.dumps([with_environment(variables, lambda asked=asked: work(asked))
                      for variables, asked in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
