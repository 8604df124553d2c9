using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Rota.Tests.Workers;

public sealed class EmbeddedOptionsTests
{
    [Fact]
    public void A_host_that_embeds_Rota_is_told_at_once_of_an_option_out_of_its_range()
    {
        var error = Assert.Throws<ValidationException>(() => new ServiceCollection().AddRota(options =>
        {
            options.UseSqlite("never-opened.db");
            options.Workers.Concurrency = 0;
        }));

        Assert.Contains("Concurrency", error.Message, StringComparison.Ordinal);
    }
}
