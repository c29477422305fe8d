export const handler = async ({ country }) => ({ cents: country === "DE" ? 900 : 1900 });
