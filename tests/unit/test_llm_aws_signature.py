"""Requests to AWS are signed as AWS checks it. The expected values were computed with botocore 1.44."""

from __future__ import annotations

from datetime import UTC, datetime

from weft.llm.aws_signature import signed_headers
from weft.llm.endpoints import AwsCredentials

AT = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
URL = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/us.anthropic.claude-v1%3A0/converse"
EXPECTED = {
    "": "323a8c2444c32b0fa0f9000323bcfb1b41487cb811982a1dc8564034080fa03b",
    "session-token": "71dac98ddb00ae697e146c2a5232b2524da387d06af3f95983380c4957ef2d19",
}


def test_signatures_are_those_of_amazon_s_own_library() -> None:
    for token, expected in EXPECTED.items():
        credentials = AwsCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token, "eu-west-1")
        headers = signed_headers(credentials, "bedrock", URL, b'{"a":1}', AT)
        assert headers["authorization"].rpartition("Signature=")[2] == expected
        assert headers.get("x-amz-security-token", "") == token
