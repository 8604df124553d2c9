using System.Runtime.Versioning;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>A database that cannot be used: every command says so in a sentence and what to do in another one.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class BadDatabaseTests : IAsyncLifetime
{
    private const string Password = "geheim";

    private readonly string _folder = Directory.CreateTempSubdirectory("rota-bad-database-").FullName;
    private PostgresServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        var rules = Path.Combine(_folder, "hba.conf");
        await File.WriteAllTextAsync(rules, """
            local all all trust
            host all guarded 127.0.0.1/32 scram-sha-256
            host all all 127.0.0.1/32 trust
            """);
        // The server runs as a user of its own.
        File.SetUnixFileMode(rules, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.OtherExecute);
        _server = await PostgresServer.StartAsync($"-c fsync=off -c hba_file={rules}");
        await using var source = Npgsql.NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={_server.Port};Username=rota;Database=postgres");
        await using var roles = source.CreateCommand(
            "CREATE ROLE guarded LOGIN PASSWORD 'another one'; CREATE ROLE poor LOGIN");
        await roles.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("postgres://rota:geheim@127.0.0.1:PORT", 2, "is wrong: It is no address", true)]
    [InlineData("postgres://rota:geheim@127.0.0.1:0/postgres", 2, "A port of it is wrong")]
    [InlineData("postgres://rota:geheim@127.0.0.1:PORT/postgres?colour=red", 2, "The parameter colour")]
    [InlineData("postgres://guarded:geheim@127.0.0.1:PORT/postgres", 7, "password authentication failed", true)]
    [InlineData("postgres://guarded@127.0.0.1:PORT/postgres", 7, "asks for a password")]
    [InlineData("postgres://rota:geheim@127.0.0.1:PORT/nothing_here", 7, "\"nothing_here\" does not exist")]
    [InlineData("postgres://poor:geheim@127.0.0.1:PORT/postgres", 7, "permission denied")]
    [InlineData("postgres://rota:geheim@127.0.0.1:1/postgres", 7, "cannot be reached. (Connection refused")]
    [InlineData("postgres://rota:geheim@no-host.invalid/postgres", 7, "cannot be reached. (")]
    [InlineData("postgres://rota:geheim@127.0.0.1:PORT/postgres?options=-c%20no_such=1", 7, "no_such")]
    [InlineData("postgres://rota:geheim@127.0.0.1:PORT/postgres?sslmode=require", 7, "SSL")]
    public async Task It_is_told_in_a_sentence_with_what_to_do(string url, int code, string expected,
        bool isTriedEverywhere = false)
    {
        var address = url.Replace("PORT", $"{_server.Port}", StringComparison.Ordinal);
        await using var rota = new RotaProcess(
            environment: [("ROTA_DATABASE", address), ("BAD", address)]);
        string[] copy = ["database", "copy", "--from-env", "BAD", "--to", "sqlite:new.db"];

        foreach (var command in isTriedEverywhere ? [["serve"], ["work"], copy] : (string[][])[["serve"]])
        {
            var (ended, output, error) = await rota.RunAsync(command);

            Assert.True(code == ended, $"{command[0]} ended with {ended}: {error}");
            var lines = error.TrimEnd('\n').Split('\n');
            Assert.Collection(lines,
                line => Assert.StartsWith("error: ", line), line => Assert.StartsWith("hint: ", line));
            Assert.Contains(expected, lines[0], StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
            Assert.DoesNotContain(Password, output + error, StringComparison.Ordinal);
        }
    }
}
