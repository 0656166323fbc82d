"""Infobip's batches, at one address for the whole account."""

import json

from support.site.receipt_delivery import Post, without_signature

from twofa.domain.settings import Infobip


def batch(post, *references, status="delivered"):
    written = [post.write("infobip", "", one, status) for one in references]
    results = [json.loads(body)["results"][0] for _, body in written]
    return written[0][0], json.dumps({"results": [{"messageId": 7}, *results]}).encode()


def test_a_batch_for_the_account_needs_its_token_and_is_applied_whole(post):
    url = "https://app.example.com/webhooks/sms/infobip"
    found = [post.message("infobip") for _ in range(3)]
    headers, body = batch(post, *(reference for _, reference in found))
    assert post.send(url, without_signature(headers), body).status_code == 403
    assert post.send(url, headers, body).status_code == 204
    assert {post.state(message_id) for message_id, _ in found} == {"delivered"}


def test_a_hundred_reports_are_no_body_too_large(post):
    url = "https://app.example.com/webhooks/sms/infobip"
    headers, body = batch(post, *(f"m{n}" for n in range(100)))
    assert post.send(url, headers, body + b" " * 100_000).status_code == 204
    assert post.send(url, headers, body + b" " * 300_000).status_code == 413


def test_without_a_token_infobip_has_no_address_for_the_account(make_world, emulators):
    post = Post(make_world(infobip=Infobip("k", "http://127.0.0.1")), emulators)
    message_id, reference = post.message("infobip")
    headers, body = batch(post, reference)
    url = "https://app.example.com/webhooks/sms/infobip"
    assert post.send(url, headers, body).status_code == 403
    url = post.address("infobip", message_id)
    assert post.send(url, without_signature(headers), body).status_code == 204
    assert post.state(message_id) == "delivered"
