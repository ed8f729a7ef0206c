-- The document that a letter of an authority came as, sealed as the letter is: a form that follows a request.
ALTER TABLE request_letters ADD COLUMN original BYTES;
