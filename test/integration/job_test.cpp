// The main job: one resource, a Secret in every selected namespace, a reference on every selected ServiceAccount, and the way back.
#include "integration/scene.hpp"

using namespace integration;

TEST_CASE("a selected namespace gets the Secret and its default ServiceAccount the reference", "[integration]") {
  Scene scene;
  const auto credential = scene.make_credential("job-a");
  scene.make_registry("job-a", scene.spec(credential));
  const auto before = scene.make_namespace("chosen", scene.selected());
  const auto other = scene.make_namespace("other");
  scene.wait_secret(before, scene.password());
  scene.wait_attached(before);
  scene.wait_counts("job-a", "1/1");
  scene.wait_ready("job-a");
  CHECK(scene.admin().get(support::secret_path(other, "harbor-pull")).status == 404);
  CHECK(support::pull_secret_names(scene.admin(), other).empty());
}
