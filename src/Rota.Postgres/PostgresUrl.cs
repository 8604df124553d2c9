using System.Text.RegularExpressions;
using Npgsql;

namespace Rota.Postgres;

/// <summary>Where the database is, as people write it.</summary>
public static partial class PostgresUrl
{
    public const string DefaultSchema = "rota";

    private const int PortMax = 65_535;

    /// <summary>Reads <c>postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=rota&amp;sslmode=require</c>. Of several
    /// hosts, with commas between, the one that takes writes is used. Every other parameter is one of Npgsql's
    /// connection string.</summary>
    /// <exception cref="InvalidFieldException"><c>database</c>, without the password.</exception>
    public static (NpgsqlConnectionStringBuilder Connection, string Schema) Parse(string text)
    {
        var parts = Url().Match(text);
        if (!parts.Success)
            throw Wrong("It is no address of a PostgreSQL database.");
        var connection = new NpgsqlConnectionStringBuilder { Database = Unescaped(parts, "database") };
        if (parts.Groups["user"].Success)
            connection.Username = Unescaped(parts, "user");
        if (parts.Groups["password"].Success)
            connection.Password = Unescaped(parts, "password");
        SetHost(connection, Unescaped(parts, "hosts"));
        var schema = ReadQuery(parts.Groups["query"].Value, connection);
        if (Each(connection).Any(one => one.Port > PortMax))
            throw WrongPort();
        return (connection, schema);
    }

    [GeneratedRegex(
        @"\Apostgres(ql)?://((?<user>[^:@/?]+)(:(?<password>[^@/?]*))?@)?"
        + @"(?<hosts>[^@/?]*)/(?<database>[^@/?]+)(\?(?<query>[^@]*))?\z", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Url();

    private static string Unescaped(Match parts, string name) => Uri.UnescapeDataString(parts.Groups[name].Value);

    private static void SetHost(NpgsqlConnectionStringBuilder connection, string hosts)
    {
        connection.Host = hosts.Length == 0 ? "localhost" : hosts;
        if (!hosts.Contains(','))
            SplitHost(connection);
    }

    /// <summary>One connection for each host, in their order, each with its own port as psql has it.</summary>
    internal static IEnumerable<NpgsqlConnectionStringBuilder> Each(NpgsqlConnectionStringBuilder connection)
    {
        if (!connection.Host!.Contains(','))
            return [connection];
        return connection.Host.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(host =>
            {
                var one = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Host = host };
                SplitHost(one);
                return one;
            });
    }

    /// <summary>Takes the port off the host: <c>host:5433</c>, <c>[::1]:5433</c>.</summary>
    private static void SplitHost(NpgsqlConnectionStringBuilder connection)
    {
        var parts = HostAndPort().Match(connection.Host!);
        if (!parts.Success)
            return; // a socket's folder, for example
        connection.Host = parts.Groups["host"].Value;
        if (parts.Groups["port"].Success)
            connection.Port = int.Parse(parts.Groups["port"].Value) is > 0 and var port ? port : throw WrongPort();
    }

    private static InvalidFieldException WrongPort() => Wrong($"A port of it is wrong: write 1 to {PortMax}.");

    [GeneratedRegex(@"\A(\[(?<host>[0-9a-fA-F:.%]+)\]|(?<host>[^:/\[\]]+))(:(?<port>[0-9]{1,5}))?\z",
        RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex HostAndPort();

    /// <summary>Whether an address is one of PostgreSQL, whatever the rest of it says.</summary>
    public static bool IsPostgres(string text) =>
        text.StartsWith("postgres:", StringComparison.Ordinal)
        || text.StartsWith("postgresql:", StringComparison.Ordinal);

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
            else if (name == "target_session_attrs")
                CheckTarget(value);
            else if (name == "host")
                SetHost(connection, value); // a socket's folder, for example
            else
                Set(connection, name, value);
        }
        return schema;
    }

    private static void Set(NpgsqlConnectionStringBuilder connection, string name, string value)
    {
        try
        {
            if (name == "sslmode")
                connection["SSL Mode"] = value.Replace("-", "");
            else
                connection[name.Replace('_', ' ')] = value;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw Wrong($"The parameter {name} is none of a connection, or its value is wrong.");
        }
    }

    private static void CheckTarget(string value)
    {
        if (value is not ("any" or "primary" or "prefer-primary" or "read-write"))
            throw Wrong("The parameter target_session_attrs is wrong: Rota needs a server that takes writes.");
    }

    private static string CheckedSchema(string name) =>
        name.Length is > 0 and <= 60 && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter)
            || letter == '_') && !char.IsAsciiDigit(name[0]) && !name.StartsWith("pg_", StringComparison.Ordinal)
            ? name
            : throw Wrong("The schema is wrong: write 1 to 60 small letters, digits and underscores, a letter first, "
                + "and not pg_, which is PostgreSQL's own.");

    private static InvalidFieldException Wrong(string why) => new("database", why,
        "Write postgres://USER:PASSWORD@HOST:5432/DATABASE, with %40 for an @ in the password.");
}
