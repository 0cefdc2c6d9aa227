"""FashionDeck: products of marketplaces, kept fresh every night, found by what people say."""
