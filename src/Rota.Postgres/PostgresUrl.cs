using Npgsql;

namespace Rota.Postgres;

/// <summary>Where the database is, as people write it.</summary>
public static class PostgresUrl
{
    public const string DefaultSchema = "rota";

    /// <summary>Reads <c>postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=rota&amp;sslmode=require</c>. Every other
    /// parameter is one of Npgsql's connection string.</summary>
    /// <exception cref="InvalidFieldException"><c>database</c>, without the password.</exception>
    public static (NpgsqlConnectionStringBuilder Connection, string Schema) Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || !IsScheme(url.Scheme) || url.AbsolutePath.Length < 2)
            throw Wrong("It is no address of a PostgreSQL database.");
        var user = url.UserInfo.Split(':', 2);
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = Uri.UnescapeDataString(url.Host.Length == 0 ? "localhost" : url.Host),
            Port = url.Port < 0 ? 5432 : url.Port,
            Database = Uri.UnescapeDataString(url.AbsolutePath[1..]),
        };
        if (user[0].Length > 0)
            connection.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2)
            connection.Password = Uri.UnescapeDataString(user[1]);
        return (connection, ReadQuery(url.Query, connection));
    }

    /// <summary>Whether an address is one of PostgreSQL, whatever the rest of it says.</summary>
    public static bool IsPostgres(string text) =>
        text.StartsWith("postgres:", StringComparison.Ordinal) || text.StartsWith("postgresql:", StringComparison.Ordinal);

    private static bool IsScheme(string scheme) => scheme is "postgres" or "postgresql";

    private static string ReadQuery(string query, NpgsqlConnectionStringBuilder connection)
    {
        var schema = DefaultSchema;
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var name = Uri.UnescapeDataString(parts[0]);
            var value = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "";
            if (name == "schema")
                schema = CheckedSchema(value);
            else if (name == "host")
                connection.Host = value; // a socket's folder
            else
                Set(connection, name, value);
        }
        return schema;
    }

    private static void Set(NpgsqlConnectionStringBuilder connection, string name, string value)
    {
        try
        {
            connection[name == "sslmode" ? "SSL Mode" : name.Replace('_', ' ')] = value.Replace("-", "");
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw Wrong($"The parameter {name} is none of a connection, or its value is wrong.");
        }
    }

    private static string CheckedSchema(string name) =>
        name.Length is > 0 and <= 60 && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter)
            || letter == '_') && !char.IsAsciiDigit(name[0])
            ? name
            : throw Wrong("The schema is wrong: write 1 to 60 small letters, digits and underscores, a letter first.");

    private static InvalidFieldException Wrong(string why) => new("database", why,
        "Write postgres://USER:PASSWORD@HOST:5432/DATABASE, with %40 for an @ in the password.");
}
