using Rota.Postgres;

namespace Rota.Stores.Tests;

/// <summary>Addresses of databases, as people write them.</summary>
public sealed class PostgresUrlTests
{
    [Theory]
    [InlineData("postgres://h/d", "h", 5432)]
    [InlineData("postgresql://h:5433/d", "h", 5433)]
    [InlineData("postgres://10.0.0.1:5433/d", "10.0.0.1", 5433)]
    [InlineData("postgres://[::1]/d", "::1", 5432)]
    [InlineData("postgres://[fd00::1]:5433/d", "fd00::1", 5433)]
    [InlineData("postgres:///d", "localhost", 5432)]
    [InlineData("postgres:///d?host=/var/run/postgresql", "/var/run/postgresql", 5432)]
    [InlineData("postgres://h/d?port=5433", "h", 5433)]
    public void One_host(string text, string host, int port)
    {
        var connection = Assert.Single(PostgresUrl.Each(PostgresUrl.Parse(text).Connection));

        Assert.Equal((host, port), (connection.Host, connection.Port));
    }

    [Theory]
    [InlineData("postgres://a,b,c/d", "a 5432, b 5432, c 5432")]
    [InlineData("postgres://a:1,b:2/d", "a 1, b 2")]
    [InlineData("postgres://a,b:5433/d", "a 5432, b 5433")]
    [InlineData("postgres://[::1]:1,[::2]/d", "::1 1, ::2 5432")]
    [InlineData("postgres:///d?host=a,b", "a 5432, b 5432")]
    [InlineData("postgres://a,b/d?port=5433", "a 5433, b 5433")]
    [InlineData("postgres://a,b/d?target_session_attrs=read-write", "a 5432, b 5432")]
    public void Several_hosts(string text, string hosts) =>
        Assert.Equal(hosts, string.Join(", ", PostgresUrl.Each(PostgresUrl.Parse(text).Connection)
            .Select(connection => $"{connection.Host} {connection.Port}")));

    [Fact]
    public void Every_host_gets_what_stands_around_it()
    {
        var connections = PostgresUrl.Each(
            PostgresUrl.Parse("postgres://u%40x:p%3Aq@a,b/d%20e?sslmode=require&maximum_pool_size=7").Connection);

        Assert.All(connections, connection => Assert.Equal(
            ("u@x", "p:q", "d e", Npgsql.SslMode.Require, 7), (connection.Username, connection.Password,
            connection.Database, connection.SslMode, connection.MaxPoolSize)));
    }

    [Theory]
    [InlineData("postgres://h/d", "rota")]
    [InlineData("postgres://h/d?schema=other_1", "other_1")]
    public void The_schema(string text, string schema) => Assert.Equal(schema, PostgresUrl.Parse(text).Schema);

    [Theory]
    [InlineData("postgres://h")]
    [InlineData("postgres://h/")]
    [InlineData("mysql://h/d")]
    [InlineData("postgres://u:secret@x@h/d")]
    [InlineData("postgres://u:secret@h/d?schema=Other")]
    [InlineData("postgres://u:secret@h/d?schema=1st")]
    [InlineData("postgres://u:secret@h/d?colour=red")]
    [InlineData("postgres://u:secret@h/d?sslmode=perhaps")]
    [InlineData("postgres://u:secret@h,i/d?target_session_attrs=standby")]
    [InlineData("postgres://u:secret@h:0/d")]
    [InlineData("postgres://u:secret@h:65536/d")]
    [InlineData("postgres://u:secret@h,i:99999/d")]
    [InlineData("postgres://u:secret@h/d?port=65536")]
    [InlineData("postgres://u:secret@h/d?schema=pg_own")]
    [InlineData("postgres://u:sec/ret@h")]
    [InlineData("postgres://u:sec/secret?secret@h/d")]
    public void A_wrong_one_is_refused_without_its_password(string text)
    {
        var error = Assert.Throws<InvalidFieldException>(() => PostgresUrl.Parse(text));

        Assert.DoesNotContain("secret", error.Message + error.Hint, StringComparison.Ordinal);
    }
}
