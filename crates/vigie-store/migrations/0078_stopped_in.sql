-- Where a request stood when something stopped it: a suspicion, or a court. What was released stays released once that ends.
ALTER TABLE requests ADD COLUMN stopped_in TEXT;
