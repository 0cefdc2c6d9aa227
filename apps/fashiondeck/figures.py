"""What fashiondeck counts for Prometheus."""

from hutch_metrics import Counter

SEARCHES = Counter("fashiondeck_searches_total", "Searches, by outcome.", ("outcome",))
PRODUCTS = Counter(
    "fashiondeck_products_total",
    "Products that refreshes wrote, by what became of them.",
    ("fate",),
)
VECTORS = Counter("fashiondeck_vectors_total", "Vectors of products, by outcome.", ("outcome",))
