//! Members by their form, and what is read off them.

use super::{Member, MemberKind};

#[test]
fn members_are_classified_by_their_form() {
    let table = [
        ("allUsers", MemberKind::Public),
        ("allAuthenticatedUsers", MemberKind::Public),
        ("user:a@example.com", MemberKind::User),
        ("group:g@example.com", MemberKind::Group),
        ("domain:example.com", MemberKind::Domain),
        (
            "serviceAccount:t@acme-ml.iam.gserviceaccount.com",
            MemberKind::ServiceAccount,
        ),
        (
            "serviceAccount:service-trainer@acme-ml.iam.gserviceaccount.com",
            MemberKind::ServiceAccount,
        ),
        (
            "serviceAccount:123-compute@developer.gserviceaccount.com",
            MemberKind::DefaultServiceAccount,
        ),
        (
            "serviceAccount:acme@appspot.gserviceaccount.com",
            MemberKind::DefaultServiceAccount,
        ),
        (
            "serviceAccount:123@cloudbuild.gserviceaccount.com",
            MemberKind::DefaultServiceAccount,
        ),
        (
            "serviceAccount:123-a1b2c3@developer.gserviceaccount.com",
            MemberKind::ServiceAccount,
        ),
        (
            "serviceAccount:123@cloudservices.gserviceaccount.com",
            MemberKind::ServiceAgent,
        ),
        (
            "serviceAccount:project-123@storage-transfer-service.iam.gserviceaccount.com",
            MemberKind::ServiceAgent,
        ),
        (
            "serviceAccount:x@notgserviceaccount.com",
            MemberKind::ServiceAccount,
        ),
        (
            "user:t@acme-ml.iam.gserviceaccount.com",
            MemberKind::ServiceAccount,
        ),
        (
            "serviceAccount:service-12@gcp-sa-aiplatform.iam.gserviceaccount.com",
            MemberKind::ServiceAgent,
        ),
        (
            "serviceAccount:service-12@compute-system.iam.gserviceaccount.com",
            MemberKind::ServiceAgent,
        ),
        (
            "serviceAccount:service-org-12@security-center-api.iam.gserviceaccount.com",
            MemberKind::ServiceAgent,
        ),
        (
            "serviceAccount:acme.svc.id.goog[ns/ksa]",
            MemberKind::GkeWorkload,
        ),
        ("projectViewer:acme", MemberKind::Convenience),
        (
            "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/*",
            MemberKind::WorkloadIdentity,
        ),
        (
            "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog/subject/ns/n/sa/k",
            MemberKind::GkeWorkload,
        ),
        (
            "principalSet://iam.googleapis.com/locations/global/workforcePools/w/group/g",
            MemberKind::Workforce,
        ),
        (
            "principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount",
            MemberKind::ServiceAccountSet,
        ),
        (
            "principalSet://agents.global.org-1.system.id.goog/*",
            MemberKind::Agent,
        ),
        (
            "deleted:serviceAccount:x@p.iam.gserviceaccount.com?uid=1",
            MemberKind::Deleted,
        ),
        (
            "principal://parametermanager.googleapis.com/projects/1/uid/locations/global/parameters/p",
            MemberKind::ResourceIdentity,
        ),
        (
            "principalSet://parametermanager.googleapis.com/projects/1/type/Parameter/*",
            MemberKind::ResourceIdentity,
        ),
        (
            "principal://iam.googleapis.com/projects/1/name/locations/global/workloadIdentityPools/gh",
            MemberKind::ResourceIdentity,
        ),
        (
            "principal://agents.global.org-1.system.id.goog/resources/aiplatform/projects/2/locations/l/reasoningEngines/3",
            MemberKind::Agent,
        ),
        (
            "deleted:principal://iam.googleapis.com/locations/global/workforcePools/w/subject/s",
            MemberKind::Deleted,
        ),
        (
            "principal://goog/subject/a@example.com",
            MemberKind::Unknown,
        ),
        ("specialGroup:x", MemberKind::Unknown),
        ("", MemberKind::Unknown),
    ];
    for (text, kind) in table {
        assert_eq!(Member::parse(text).kind, kind, "{text}");
    }
}

#[test]
fn the_domain_and_project_are_read_off_the_address() {
    assert_eq!(
        Member::parse("user:a@b.example.com").domain(),
        Some("b.example.com")
    );
    assert_eq!(
        Member::parse("domain:example.com").domain(),
        Some("example.com")
    );
    assert_eq!(
        Member::parse("serviceAccount:t@acme.iam.gserviceaccount.com").service_account_project(),
        Some("acme")
    );
    assert_eq!(
        Member::parse("serviceAccount:77-compute@developer.gserviceaccount.com")
            .service_account_number(),
        Some("77")
    );
}

#[test]
fn the_owner_of_a_machine_identity_is_read_off_its_name() {
    let table = [
        (
            "serviceAccount:t@acme.iam.gserviceaccount.com",
            Some("acme"),
            None,
        ),
        (
            "serviceAccount:acme@appspot.gserviceaccount.com",
            Some("acme"),
            None,
        ),
        (
            "serviceAccount:service-12@gcp-sa-aiplatform.iam.gserviceaccount.com",
            Some("12"),
            None,
        ),
        (
            "serviceAccount:service-org-12@security-center-api.iam.gserviceaccount.com",
            None,
            None,
        ),
        (
            "serviceAccount:acme.svc.id.goog[ns/ksa]",
            Some("acme"),
            None,
        ),
        (
            "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/*",
            Some("1"),
            None,
        ),
        (
            "principalSet://cloudresourcemanager.googleapis.com/projects/7/type/ServiceAccount",
            Some("7"),
            None,
        ),
        (
            "principalSet://cloudresourcemanager.googleapis.com/organizations/9/type/ServiceAgent",
            None,
            Some("9"),
        ),
        (
            "principalSet://agents.global.org-9.system.id.goog/*",
            None,
            Some("9"),
        ),
        (
            "principal://agents.global.org-9.system.id.goog/resources/aiplatform/projects/2/locations/l",
            Some("2"),
            Some("9"),
        ),
        ("projectViewer:acme", Some("acme"), None),
        ("user:a@example.com", None, None),
    ];
    for (text, project, organization) in table {
        let member = Member::parse(text);
        assert_eq!(
            (member.project(), member.organization()),
            (project, organization),
            "{text}"
        );
    }
}

#[test]
fn accounts_of_public_mail_services_are_nobodys() {
    for text in [
        "user:a@gmail.com",
        "group:g@GoogleGroups.com",
        "user:a@yahoo.co.uk",
    ] {
        assert!(Member::parse(text).is_consumer(), "{text}");
    }
    for text in [
        "user:a@gmail.com.acme.example",
        "user:gmail.com@acme.example",
        "serviceAccount:gmail@acme.iam.gserviceaccount.com",
        "domain:gmail.com",
    ] {
        assert!(!Member::parse(text).is_consumer(), "{text}");
    }
}
