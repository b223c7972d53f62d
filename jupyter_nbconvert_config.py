"""How `jupyter nbconvert` makes pages of the notebooks: readable without a running notebook."""

c = get_config()  # noqa: F821, Jupyter defines it
c.ExecutePreprocessor.timeout = 600  # seconds for one cell
# Widgets need a running notebook: their static form, HTML, is shown instead.
c.ExecutePreprocessor.store_widget_state = False
c.NbConvertBase.display_data_priority = ["text/html", "image/png", "text/markdown"]
# The pages ask nothing of the internet.
c.HTMLExporter.require_js_url = ""
c.HTMLExporter.mathjax_url = ""
