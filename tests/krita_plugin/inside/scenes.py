"""Scenes of an artist at work: documents of every kind, what is chosen, where the layers go."""

from pathlib import Path

from studio import SRGB, scene, tree, until


@scene
def one_document(studio, pictures):
    """Open, decompose, look, undo, redo, save, open again."""
    krita = studio.krita
    document = yield from studio.open(pictures["figure"])
    hidden = document.createNode("notes", "paintlayer")
    hidden.setPixelData(b"\x00\x00\xff\xff" * 400, 0, 0, 20, 20)
    document.rootNode().addChildNode(hidden, None)
    hidden = document.rootNode().childNodes()[-1]
    hidden.setVisible(False)
    yield
    document.setActiveNode(document.rootNode().childNodes()[0])
    yield
    found = {"before": studio.dump(document, "before"), "tree_before": tree(document.rootNode())}
    found["active_before"] = document.activeNode().name()
    found["undo_before"] = krita.action("edit_undo").text()
    found["whats_this"] = krita.action("layer_bridge_decompose").whatsThis()
    yield from studio.photograph("ready")
    found["seconds"] = yield from studio.decompose()
    found["summary"], found["error"] = studio.plugin.summary, studio.plugin.error
    yield from studio.photograph("done")
    yield from studio.photograph_window("window")
    yield from studio.photograph_settings("settings")
    found["after"] = studio.dump(document, "after")
    found["tree_after"] = tree(document.rootNode())
    found["active_after"] = document.activeNode().name()
    group = document.rootNode().childNodes()[-1]
    found["alone"] = studio.dump_alone(document, group, "alone")
    found["layers"] = [
        studio.dump_node(document, node, f"layer-{number}")
        for number, node in enumerate(group.childNodes())
    ]
    krita.action("edit_undo").trigger()
    yield 0.2
    found["undone"] = studio.dump(document, "undone")
    found["tree_undone"] = tree(document.rootNode())
    found["undo_undone"] = krita.action("edit_undo").text()
    krita.action("edit_redo").trigger()
    yield 0.2
    found["redone"] = studio.dump(document, "redone")
    saved = str(studio.folder / "saved.kra")
    document.setBatchmode(True)
    assert document.saveAs(saved)
    document.waitForDone()
    yield from studio.close_all()
    again = yield from studio.open(saved)
    found["reloaded"] = studio.dump(again, "reloaded")
    found["tree_reloaded"] = tree(again.rootNode())
    return found


@scene
def originals_hidden(studio, pictures):
    """Decompose with the originals hidden, and undo."""
    document = yield from studio.open(pictures["figure"])
    found = {"before": studio.dump(document, "hidden-before")}
    studio.plugin.choose(hide_originals=True)
    yield from studio.decompose()
    yield from studio.photograph("originals-hidden")
    found["notice"] = studio.plugin.notice
    found["after"] = studio.dump_as_it_is(document, "hidden-after")
    found["tree"] = tree(document.rootNode())
    studio.krita.action("edit_undo").trigger()
    yield 0.2
    found["undone"] = tree(document.rootNode())
    return found


@scene
def compositions(studio, pictures):
    """A figure on nothing, in each composition; the group alone against the picture."""
    document = yield from studio.open(pictures["figure"])
    found = {"before": studio.dump(document, "composed-before")}
    for name in ("production", "screen", "glow", "normal"):
        studio.plugin.choose(composition=name)
        yield from studio.decompose()
        group = document.rootNode().childNodes()[-1]
        found[name] = {
            "alone": studio.dump_alone(document, group, f"composed-{name}"),
            "modes": [node.blendingMode() for node in group.childNodes()],
            "layers": [
                studio.dump_node(document, node, f"composed-{name}-{number}")
                for number, node in enumerate(group.childNodes())
            ],
        }
        studio.krita.action("edit_undo").trigger()
        yield 0.2
    studio.plugin.choose(composition="production")
    return found


@scene
def all_open_documents(studio, pictures):
    documents = []
    for path in pictures["three"]:
        documents.append((yield from studio.open(path)))
    before = [studio.dump(document, f"all-before-{n}") for n, document in enumerate(documents)]
    active = studio.krita.activeDocument().fileName()
    studio.trigger("layer_bridge_decompose_all")
    yield from studio.until_stage("RUNNING")
    yield from studio.photograph("all-running")
    yield from until(studio.is_idle, "all are decomposed")
    yield from studio.photograph("all-done")
    return {
        "before": before,
        "after": [studio.dump(document, f"all-after-{n}") for n, document in enumerate(documents)],
        "trees": [tree(document.rootNode()) for document in documents],
        "summary": studio.plugin.summary,
        "active": [active, studio.krita.activeDocument().fileName()],
    }


@scene
def sixteen_bits(studio, pictures):
    deep = pictures["deep"]
    document = studio.krita.createDocument(*deep["size"], "deep", "RGBA", "U16", SRGB, 300.0)
    raw = Path(deep["path"]).read_bytes()
    document.rootNode().childNodes()[0].setPixelData(raw, 0, 0, *deep["size"])
    document.refreshProjection()
    studio.krita.activeWindow().addView(document)
    yield 0.2
    found = {"before": studio.dump(document, "deep-before")}
    yield from studio.decompose()
    found["after"] = studio.dump(document, "deep-after")
    group = document.rootNode().childNodes()[-1]
    found["alone"] = studio.dump_alone(document, group, "deep-alone")
    found["tree"] = tree(document.rootNode())
    return found


@scene
def grayscale(studio, pictures):
    document = yield from studio.open(pictures["gray"])
    found = {"before": studio.dump(document, "gray-before")}
    yield from studio.decompose()
    yield from studio.photograph("notice")
    opened = studio.krita.activeDocument()
    found["after"] = studio.dump(document, "gray-after")
    found["tree"] = tree(document.rootNode())
    found["opened"] = studio.dump(opened, "gray-opened")
    found["opened_tree"] = tree(opened.rootNode())
    found["notice"] = studio.plugin.notice
    return found


@scene
def color_models(studio, pictures):
    """The figure in other models; what Krita itself shows of it and of its layers, in sRGB."""
    found = {}
    for name, space in pictures["spaces"].items():
        document = yield from studio.open(pictures["figure"])
        document.setColorSpace(*space)
        document.waitForDone()
        yield 0.1
        before = studio.dump_srgb(document, f"{name}-before")
        yield from studio.decompose()
        placed = studio.krita.activeDocument()
        group = placed.rootNode().childNodes()[-1]
        for node in placed.rootNode().childNodes()[:-1]:
            node.setVisible(False)
        found[name] = {
            "before": before,
            "alone": studio.dump_srgb(placed, f"{name}-alone"),
            "tree": tree(group.parentNode()),
            "is_new": placed != document,
            "depth": placed.colorDepth(),
            "notice": studio.plugin.notice,
        }
        yield from studio.close_all()
    return found


@scene
def layer_and_selection(studio, pictures):
    """The active layer only, then the selection only, then that one anew with other settings."""
    from krita import Selection
    from layer_bridge.settings import Scope

    document = yield from studio.open(pictures["figure"])
    width, height = document.width(), document.height()
    studio.plugin.choose(scope=Scope.LAYER)
    yield from studio.decompose()
    found = {"layer": studio.dump(document, "scope-layer"), "size": [width, height]}
    found["before"] = studio.dump_alone(document, document.rootNode().childNodes()[0], "scope")
    studio.krita.action("edit_undo").trigger()
    yield 0.2
    selection = Selection()
    selection.select(width // 4, height // 4, width // 2, height // 2, 255)
    document.setSelection(selection)
    yield 0.3
    studio.plugin.choose(scope=Scope.SELECTION)
    yield from studio.decompose()
    group = next(x for x in document.rootNode().childNodes() if x.type() == "grouplayer")
    found["selection"] = studio.dump_alone(document, group, "scope-selection")
    studio.plugin.choose(composition="glow")
    studio.plugin.replace = True
    yield from studio.decompose()
    studio.plugin.replace = False
    studio.plugin.choose(composition="production", scope=Scope.DOCUMENT)
    found["replaced"] = tree(document.rootNode())
    studio.krita.action("edit_undo").trigger()
    yield 0.2
    found["undone"] = tree(document.rootNode())
    return found


@scene
def put_in_again(studio, pictures):
    """The last result, after an undo, without the server."""
    document = yield from studio.open(pictures["figure"])
    yield from studio.decompose()
    first = studio.dump(document, "again-first")
    studio.krita.action("edit_undo").trigger()
    yield 0.2
    studio.plugin.insert_again()
    yield 0.2
    return {
        "first": first,
        "again": studio.dump(document, "again-again"),
        "tree": tree(document.rootNode()),
    }


@scene
def isolated(studio, pictures):
    """Isolate Active Layer is on at the click."""
    document = yield from studio.open(pictures["figure"])
    empty = document.createNode("empty", "paintlayer")
    document.rootNode().addChildNode(empty, None)
    yield
    document.setActiveNode(document.rootNode().childNodes()[-1])
    yield
    isolate = studio.krita.action("isolate_active_layer")
    isolate.trigger()
    yield 0.2
    found = {"isolated": isolate.isChecked()}
    yield from studio.decompose()
    if isolate.isChecked():
        isolate.trigger()
    yield 0.2
    group = document.rootNode().childNodes()[-1]
    found["alone"] = studio.dump_alone(document, group, "isolated-alone")
    found["before"] = studio.dump_alone(
        document, document.rootNode().childNodes()[0], "isolated-before"
    )
    return found


@scene
def options(studio, pictures):
    """Unfold the engine's options, change some with the docker's own fields, decompose."""
    document = yield from studio.open(pictures["figure"])
    box = studio.docker().widget().options
    found = {"folded": box.isVisible() and not box.content.isVisible()}
    box.fold.click()
    yield 0.15
    found["titles"] = [field.title for field in box.fields]
    fields = {field.name: field.widget for field in box.fields}
    fields["line_thickness"].setValue(12)
    tones = fields["tones"]
    tones.setCurrentIndex(tones.findData("one"))
    tones.activated.emit(tones.currentIndex())
    fields["hard_edges"].click()
    yield from studio.photograph("options")
    studio.trigger("layer_bridge_decompose")
    found["asked"] = dict(studio.plugin.session.run.current.request.options)
    yield from until(studio.is_idle, "the decomposition comes to an end")
    yield 0.15
    found["error"] = studio.plugin.error
    found["tree"] = tree(document.rootNode())
    box.reset.click()
    yield 0.15
    found["after_reset"] = studio.plugin.option_values()
    box.fold.click()
    return found


@scene
def diffusion(studio, pictures):
    """The diffusion engine, whose model a first picture has to wait for; then one undo."""
    document = yield from studio.open(pictures["figure"])
    found = {
        "before": studio.dump(document, "diffusion-before"),
        "tree_before": tree(document.rootNode()),
        "undo_before": studio.krita.action("edit_undo").text(),
    }
    studio.plugin.choose(engine="diffusion")
    studio.trigger("layer_bridge_decompose")
    stages = set()

    def over():
        run = studio.plugin.session.run
        if run is not None:
            stages.add(run.current.work.partition(" ")[0])
        return run is None

    yield from until(over, "the model's layers come", seconds=120)
    yield from studio.photograph_window("diffusion")
    found["stages"] = sorted(stages)
    found["summary"], found["error"] = studio.plugin.summary, studio.plugin.error
    found["after"] = studio.dump(document, "diffusion-after")
    found["tree"] = tree(document.rootNode())
    group = document.rootNode().childNodes()[-1]
    found["alone"] = studio.dump_alone(document, group, "diffusion-alone")
    studio.krita.action("edit_undo").trigger()
    yield 0.2
    found["undone"] = studio.dump(document, "diffusion-undone")
    found["tree_undone"] = tree(document.rootNode())
    found["undo_undone"] = studio.krita.action("edit_undo").text()
    return found
