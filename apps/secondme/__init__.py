"""SecondMe: answers a person's messages in their stead, until they say stop."""
