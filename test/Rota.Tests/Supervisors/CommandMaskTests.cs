using Rota.Web.Supervisors;
using Xunit;

namespace Rota.Tests.Supervisors;

public sealed class CommandMaskTests
{
    [Theory]
    [InlineData("/usr/bin/app --port 80 -v", "/usr/bin/app --port 80 -v")]
    [InlineData("app --api-token=X --port 80", "app --api-token=******** --port 80")]
    [InlineData("app --password X --port 80", "app --password ******** --port 80")]
    [InlineData("app --password 'a b' c", "app --password ******** c")]
    [InlineData("app --token --verbose", "app --token --verbose")]
    [InlineData("env A=1 DB_PASSWORD=X app", "env A=1 DB_PASSWORD=******** app")]
    [InlineData("docker run --env DB_PASSWORD=X image", "docker run --env DB_PASSWORD=******** image")]
    [InlineData("sh -c 'cd /srv; API_KEY=X ./app --secret Y'",
        "sh -c 'cd /srv; API_KEY=******** ./app --secret ********'")]
    [InlineData("app --db=postgres://user:X@host/db", "app --db=postgres://********@host/db")]
    [InlineData("", "")]
    public void What_is_given_to_a_telling_name_is_masked(string command, string shown) =>
        Assert.Equal(shown, CommandMask.Of(command));
}
